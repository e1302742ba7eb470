"""Every setting of the server: its default, its unit and its help, in one place.

A setting comes from a flag (``--job-timeout 600``), else from the environment (``HARPIST_JOB_TIMEOUT=600``), else from
a settings file (``job_timeout = 600``), else from its default. :data:`SETTINGS` is what the command line, the
environment, the file and the documentation read.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

PRECISIONS = ("float32", "tf32", "bfloat16", "float16")


def _setting(default: Any, unit: str, help_text: str) -> Any:
    return field(default=default, metadata={"unit": unit, "help": help_text})


@dataclass(frozen=True)
class Settings:
    """How one server runs; every field has its unit and help in ``SETTINGS``."""

    host: str = _setting("localhost", "address", "Address to listen on; 0.0.0.0 lets other machines in.")
    port: int = _setting(7860, "TCP port", "Port to listen on; 0 takes a free one.")
    home: Path = _setting(
        Path("~/.harpist"), "folder", "Where models, uploads and results are kept; it is made when missing."
    )
    model: tuple[str, ...] = _setting(
        (), "path or OWNER/NAME", "A further model: a folder with model.pt and metadata.json, or a hub id; repeatable."
    )
    gradio_app: tuple[str, ...] = _setting(
        (),
        "path.py:name",
        "A Gradio app that speaks HARP, such as path/to/app.py:demo, hosted as it is under /models/local/; a program "
        "of its own, with your rights, outside the sandbox; repeatable.",
    )
    pyharp_app: tuple[str, ...] = _setting(
        (),
        "path.py",
        "An app written for pyharp, such as path/to/app.py, which needs neither pyharp nor audiotools; it runs in the "
        "sandbox, and reads the folder in which it lies; repeatable.",
    )
    permit: tuple[str, ...] = _setting(
        (),
        "network, processes, read:FOLDER or write:FOLDER",
        "What apps of pyharp_app may use that the sandbox else takes away: the network, starting programs, a further "
        "folder to read, or one to write, where what they download is kept; repeatable.",
    )
    soundfont: tuple[str, ...] = _setting(
        (),
        "path.sf2",
        "A soundfont (.sf2 or .sf3) that harpist/midi-synth offers beside its built-in synthesizer; FluidSynth plays "
        "it in the sandbox; repeatable.",
    )
    plugin: tuple[str, ...] = _setting(
        (),
        "lv2:URI, path.vst3 or pedalboard:NAME",
        "An effect plugin of this machine that becomes an endpoint, such as "
        "lv2:http://calf.sourceforge.net/plugins/Compressor, or an effect of pedalboard (GPLv3), such as "
        "pedalboard:Reverb; it runs in the sandbox; repeatable.",
    )
    root: str = _setting(
        "", "OWNER/NAME", "The endpoint that answers HARP at the server's own address; empty: the first bundled effect."
    )
    allow: tuple[str, ...] = _setting(
        (),
        "OWNER/NAME",
        "Models of the hub that may be installed, with * for any text, such as hugggof/*; repeatable; none: all.",
    )
    deny: tuple[str, ...] = _setting(
        (),
        "OWNER/NAME",
        "Models of the hub that may not be installed, even if allowed, with * for any text; repeatable.",
    )
    max_model: int = _setting(4096, "MiB", "The largest model that may be installed from the hub.")
    install_token: str = _setting(
        "",
        "text",
        "Whoever sends it may install and remove models from other machines; empty: only this machine may. Better "
        "given in the environment, where other users do not see it.",
    )
    require_key: bool = _setting(
        False,
        "yes or no",
        "Let only those in who have a key, from this machine too; “keys add NAME” makes one.",
    )
    allow_hf: tuple[str, ...] = _setting(
        (),
        "user or organisation",
        "Let those in who show a token of this Hugging Face account, which HARP sends once it is saved there; with it "
        "everybody else needs a key; repeatable.",
    )
    hf_client_id: str = _setting(
        "",
        "text",
        "Of an OAuth application of the Hugging Face hub, so that people of allow_hf sign in with their browser; a "
        "Space has its own.",
    )
    hf_client_secret: str = _setting(
        "", "text", "The secret of that application; better given in the environment, where other users do not see it."
    )
    public_url: str = _setting(
        "",
        "URL",
        "The address under which people reach this server through a proxy, with the proxy's path, such as "
        "https://studio.example.org/harpist; it stands in every link; empty: as they asked.",
    )
    trusted_proxy: tuple[str, ...] = _setting(
        (),
        "address or network",
        "A proxy whose X-Forwarded-For, -Proto, -Host and -Prefix, or Forwarded, are believed, such as 127.0.0.1 or "
        "10.0.0.0/8; * for all; repeatable; none: they are ignored.",
    )
    allow_host: tuple[str, ...] = _setting(
        (),
        "host name",
        "A further name under which this server is reached, such as studio.example.org, with * for any text; "
        "repeatable. Known without it: localhost, IP addresses, names of one's own network, and that of public_url.",
    )
    embed: tuple[str, ...] = _setting(
        (),
        "scheme://host",
        "A site whose pages may show this server's pages in a frame, such as https://huggingface.co; repeatable; "
        "none: only its own.",
    )
    device: str = _setting(
        "auto",
        "torch device",
        "auto, cpu, cuda, cuda:N or mps; auto takes a GPU if there is one, and the workers share several GPUs.",
    )
    precision: str = _setting(
        "float32",
        "number type",
        "float32, or tf32, bfloat16 or float16 where the device has it and the model's error stays below -60 dB.",
    )
    workers: int = _setting(2, "processes", "How many jobs run at the same time, each in a process of its own.")
    threads: int = _setting(0, "threads", "Processor threads of a worker; 0 shares the cores among the jobs that run.")
    warm: int = _setting(
        8, "processes", "How many idle processes may keep their model loaded, ready for the next job; 0: none."
    )
    late_pages: bool = _setting(
        False,
        "yes or no",
        "Load what the models' pages need with the first page, which then takes some seconds longer, instead of right "
        "after the start: a server that only HARP uses saves memory.",
    )
    share_workers: str = _setting(
        "auto",
        "auto, yes or no",
        "Whether a process that ran a model from elsewhere for one caller may serve another; auto: on localhost only.",
    )
    require_sandbox: bool = _setting(
        False, "yes or no", "Refuse models from elsewhere on a machine that lacks a layer of the sandbox."
    )
    memory: float = _setting(
        0.0,
        "GB",
        "How much memory a model may use in its process, beside what PyTorch itself takes; 0: four fifths of the "
        "machine's or container's.",
    )
    too_loud: str = _setting(
        "float",
        "float, scale or clip",
        "What becomes of a result that is louder than a file of integers can hold: float keeps the level and writes "
        "32-bit float (WAV in place of FLAC), scale turns all results of a job down alike, clip cuts the peaks off.",
    )
    no_provenance: bool = _setting(
        False,
        "yes or no",
        "Write nothing into results about where they came from: model, revision, licence, controls, date.",
    )
    sign: tuple[str, ...] = _setting(
        (),
        "CERT KEY",
        "Sign results (WAV, FLAC, MP3) with this certificate chain and private key, two PEM files: Content Credentials "
        "(C2PA), which tell whether a file was changed since.",
    )
    watermark: bool = _setting(
        False,
        "yes or no",
        "Put a watermark into the sound of endpoints that generate, where it comes back without loss; it needs the "
        "weights of harpist/watermark.",
    )
    job_timeout: float = _setting(
        600.0, "seconds", "A job that runs longer is stopped; a long region gets more, see the next setting."
    )
    job_timeout_per_minute: float = _setting(
        300.0, "seconds", "How much longer a job may run for each minute of its region."
    )
    load_timeout: float = _setting(
        120.0, "seconds", "A model that takes longer to load, or to be tried when it is new, is given up."
    )
    queue: int = _setting(
        100, "jobs", "How many jobs may wait; one more is refused, unless its caller has none: then twice as many."
    )
    caller_jobs: int = _setting(
        0, "jobs", "How many jobs of one caller may run at the same time; 0: as many as there are workers."
    )
    caller_queue: int = _setting(0, "jobs", "How many jobs of one caller may wait; 0: as many as the queue takes.")
    caller_rate: str = _setting(
        "", "jobs/time", "How many jobs one caller may send, such as 60/hour, or 10/minute;200/day; empty: any number."
    )
    rate: str = _setting("", "jobs/time", "The same for all callers together.")
    caller_minutes: float = _setting(0.0, "minutes", "How much sound one caller may send in 24 hours; 0: any amount.")
    minutes: float = _setting(0.0, "minutes", "The same for all callers together.")
    longest_region: float = _setting(0.0, "minutes", "The longest sound that a job takes; 0: any length.")
    caller_upload: int = _setting(0, "MiB", "How much one caller may be sending at the same time; 0: any amount.")
    upload: int = _setting(0, "MiB", "The same for all callers together.")
    repeats: int = _setting(
        1024, "MiB", "How much of earlier jobs' results is remembered: the same once more costs nothing; 0: none."
    )
    share_repeats: bool = _setting(
        False, "yes or no", "Remember for all callers together; they may notice that somebody sent the same."
    )
    operator_name: str = _setting(
        "", "text", "Who runs this server, as people on other machines are told before they send anything."
    )
    privacy_notice: str = _setting(
        "",
        "text",
        "What they are told instead, in your own words; empty: where their sound goes, and for how long.",
    )
    privacy_link: str = _setting("", "URL", "Where they read more of that, such as https://studio.example.org/privacy.")
    metrics: bool = _setting(
        False,
        "yes or no",
        "Count what the server does, for Prometheus, at /metrics: for this machine, or for whoever has a key that may.",
    )
    log_format: str = _setting(
        "",
        "lines or json",
        "One line for each job that has ended, on standard error: its number, endpoint, caller, seconds and outcome, "
        "and the number in the error that its caller reads; empty: none.",
    )
    min_disk: int = _setting(
        1024, "MiB", "With less free disk space than this for uploads and results, /ready says that the server is not."
    )
    backend: str = _setting(
        "local", "local or ray", "Where jobs run: in processes of this machine, or on the nodes of a Ray cluster."
    )
    ray_address: str = _setting(
        "127.0.0.1:6379", "HOST:PORT", "Where the head of that cluster is; this machine must be one of its nodes."
    )
    ray_min: int = _setting(1, "nodes", "On how many nodes processes are kept ready, at least.")
    ray_max: int = _setting(8, "nodes", "On how many nodes jobs may run; a node is taken when others are full.")
    ray_cpus: float = _setting(
        1.0, "CPUs", "What a job takes of a node, and the threads that it computes with, unless threads says more."
    )
    ray_gpus: float = _setting(0.0, "GPUs", "What a job takes of a node's GPUs, such as 0.5; 0: it needs none.")
    ray_store: int = _setting(20480, "MiB", "How much of models a node keeps; what was not used for longest goes.")
    shared_folder: str = _setting(
        "",
        "folder",
        "A folder that every node has under the same path, in which home lies: sound then crosses as files there.",
    )
    grace: float = _setting(
        10.0, "seconds", "How long running jobs may go on when the server is told to end (SIGTERM); 0: not at all."
    )
    max_upload: int = _setting(2048, "MiB", "The largest file that a client may send.")
    max_scratch: int = _setting(16384, "MiB", "How much a worker process may write; one that writes more is ended.")
    keep: float = _setting(60.0, "minutes", "How long uploads and results stay on disk after their last use.")

    @property
    def asks_who(self) -> bool:
        """Whether only those are let in whom the server knows."""
        return self.require_key or bool(self.allow_hf)

    @property
    def work(self) -> Path:
        """Uploads and results of this server."""
        return self.home / "work"


SETTINGS = {item.name: item for item in fields(Settings)}


def environment_name(name: str) -> str:
    """Return the environment variable of a setting, such as ``HARPIST_JOB_TIMEOUT``."""
    return f"HARPIST_{name.upper()}"
