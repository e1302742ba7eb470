"""The pages of ``docs/`` that are made from the code; ``python -m tests.documentation`` writes them anew."""

from __future__ import annotations

import json
import tempfile
from dataclasses import replace
from itertools import groupby
from pathlib import Path

import torch

from app.audacitorch.arguments.signature import read_signature
from app.audacitorch.checking.kinds import BY_GROUP
from app.audacitorch.describe import describe
from app.audacitorch.metadata import read_metadata
from app.audacitorch.note_names import note_pitches
from app.audacitorch.profile import ModelProfile
from app.audacitorch.torchscript import script
from app.audacitorch.trial.inspection import stems_sum
from app.config import SETTINGS, environment_name
from app.endpoint import EndpointSpec
from app.harp.controls import AudioTrack, Control, NumberBox, Slider, TextBox
from app.plugins.own import own_endpoints
from app.sources import IN_PYTHON
from app.web.access.rules import RULES
from benchmarks.accuracy.reasons import reason
from benchmarks.accuracy.results import weaknesses
from endpoints.bundled import NAMES, BundledModel, load

DOCS = Path(__file__).parent.parent / "docs"


def settings_page() -> str:
    rows = ["| flag | environment | default | unit | what it does |", "| --- | --- | --- | --- | --- |"]
    for name, item in SETTINGS.items():
        default = "" if item.default in ((), "", False) else f"`{item.default}`"
        flag = f"`--{name.replace('_', '-')}`"
        cells = [flag, f"`{environment_name(name)}`", default, item.metadata["unit"], item.metadata["help"]]
        rows.append(f"| {' | '.join(cells)} |")
    table = "\n".join(rows)
    return f"""# Settings

A setting comes from its flag, else from the environment, else from a settings file, else it has its default:
`harpist serve --port 8000`, `HARPIST_PORT=8000 make run`, or `port = 8000` in a file. `--model` may be given many
times; in the environment its values are separated by commas.

The file is TOML, and named by `--config harpist.toml` or `HARPIST_CONFIG=harpist.toml`. A name has `_` where its flag
has `-`; a name that is none is refused, with the nearest one:

```toml
host = "0.0.0.0"
require_key = true
job_timeout = 900
allow = ["hugggof/*"]
```

{table}
"""


def controls_of(model: BundledModel) -> list[Control]:
    """What a bundled model's user can turn, as the server describes it."""
    channels = 2 if model.metadata["multichannel"] else 1
    module = model.build().eval()
    result = module(torch.zeros(channels, model.metadata["sample_rate"]))
    labels = isinstance(result, tuple)
    arguments = read_signature(script(module))[0]
    rows = 0 if labels else len(result)
    profile = ModelProfile(
        labels, rows, channels, probabilities=labels and result[0].ndim == 2, seconds=1.0, arguments=arguments
    )
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "metadata.json").write_text(json.dumps(model.metadata), encoding="utf-8")
        profile = replace(profile, sums=not labels and stems_sum(module, profile, read_metadata(Path(folder))))
        spec = describe(model.id, Path(folder), profile)
    return [item for item in spec.inputs if not isinstance(item, AudioTrack)]


def control_row(control: Control) -> str:
    if isinstance(control, Slider):
        unit, values = control.unit, f"{control.minimum:g} to {control.maximum:g}"
    elif isinstance(control, NumberBox):
        unit, values = control.unit, "whole numbers" if control.step == 1 else "numbers"
    elif isinstance(control, TextBox):
        unit, values = "", "text"
    else:
        unit, values = "", ", ".join(getattr(control, "choices", ("off", "on")))
    if control.name == "above":
        values = "each stem, No stem"
    value = {True: "on", False: "off"}[control.value] if isinstance(control.value, bool) else control.value
    if isinstance(value, tuple):
        value = ", ".join(value)
    first = f"{value:g}" if isinstance(value, float) else "the last stem" if control.name == "above" else str(value)
    return f"| {' | '.join([control.label, unit, values, first, control.info])} |"


def licence_line(model: BundledModel) -> str:
    if not model.weights:
        return "MIT"
    each = dict.fromkeys(f"weights: {used.licence}, {used.credit} (`{used.pin}`)" for used in model.weights)
    return "; ".join(["MIT", *each])


def in_python() -> list[EndpointSpec]:
    """The endpoints in Python that ship with the server, as it describes them."""
    with tempfile.TemporaryDirectory() as folder:
        return own_endpoints(IN_PYTHON, Path(folder) / "kept.json", 60.0, print)


def in_python_section(spec: EndpointSpec) -> str:
    source = f"{spec.factory.partition(':')[0].replace('.', '/')}.py"
    standards, test = IN_PYTHON_FACTS[spec.id]
    return f"""## {spec.card.name}

`{spec.id}` — {spec.card.description}

- comes back: {", ".join(output.label for output in spec.outputs)}
- controls: {", ".join(control.label for control in spec.controls)}
- {HEARD.get(spec.id, "runs at the file's own rate, on all channels")}
- {"paper" if spec.weights else "standards"}: {standards}
- an endpoint in Python; source: [`{source}`](../{source}), its accuracy in
  [`{test}`](../{test})
{WORTH.get(spec.id, "")}{weakest(spec.id)}"""


def weakest(endpoint_id: str) -> str:
    """Return the lines on the cases in which a model is worst, or nothing where none was measured."""
    found = weaknesses(endpoint_id.partition("/")[2])
    if not found:
        return ""
    lines = ["- weakest, of what `make bench ARGS=accuracy` measures ([table](../benchmarks/README.md#9-accuracy)):"]
    for (task, score), group in groupby(found, key=lambda weak: (weak.task, weak.score)):
        lines.append(f"  - {task}, {score}:")
        for weak in group:
            peer = f" (best of the others: {weak.peer})" if weak.peer else ""
            lines.append(f"    - {weak.case} {weak.value}{peer}. {reason(weak)}")
    return "\n".join(lines) + "\n"


_CHANGED = """- a minute of stereo takes one core of a processor 7 s by Rubber Band, 2.4 s by the phase
  vocoder, in fixed memory
- steady tones come out within 0.01 cents of their pitch; the channels stay within 0.1 dB and 0.1 degrees of each other.
  The phase vocoder keeps strokes within 1 ms of their places, Rubber Band within 4 ms
  ([table](../benchmarks/README.md#16-longer-shorter-higher-lower), `python -m benchmarks.time_pitch`, beside others)
"""
WORTH = {
    "harpist/pitch-shift": _CHANGED
    + """- not good at: more than an octave; “Keep formants” on several voices at once, since it follows the loudest
  resonances of all together
""",
    "harpist/time-stretch": _CHANGED
    + """- not good at: less than half and more than twice the length; breath, cymbals and reverb
  begin to ring or to flutter then
""",
    "harpist/repair": """- a minute of mono takes one core of a processor 6 s, 11 s with many clicks, and more than
  a minute where much is clipped, in fixed memory
- nearer to the undamaged original than Audacity's effects, ffmpeg and sox, or as near, for each damage that was tried,
  but for crackle, of which Audacity's Click Removal mends a little more (by 0.7 dB): the louder clicks alone are found
  here; what is undamaged comes back as it was ([table](../benchmarks/README.md#17-clicks-clipping-hum-offset),
  `python -m benchmarks.repair`)
- a click right beside clipped samples stays
""",
    "harpist/steered-separation": """- experimental; what works and what does not, in dB nearer than the mixture
  ([table](../benchmarks/README.md#15-a-source-brought-out-by-a-tagger), `python -m benchmarks.tagbox`):
  - works: drums (5 to 13 dB), guitar (5 to 12 dB), flute (6 to 10 dB), piano (3 to 8 dB)
  - a little: choir (1 to 2 dB), violin (2 to 3 dB)
  - hardly or not: strings, cello, harp, harpsichord, sitar, synthesizer, which the taggers seldom name even when they
    play alone; what comes back may be further from the instrument than the mixture was
  - voices are not in the table: nothing sings in it
  - for drums, Harmonic / Percussive is as good; for what stands alone in the centre, Centre Extraction is better
- a labeler that is installed here may listen, too, with its own words under “Own tags”; of those that ship, Voice
  Activity (`speech`) and Chords can. How well that separates was not measured
""",
    "harpist/steered-codec": """- experimental; nobody measured yet how well it separates: the codecs' weights could not
  be had where it was made. Its gradients, sums and windows are tested with tiny codecs of random weights
- needs a graphics card: on a processor, DAC takes about 7 s for each step and second of sound, EnCodec 0.7
  ([table](../benchmarks/README.md#15-a-source-brought-out-by-a-tagger), `python -m benchmarks.tagbox_codec`);
  installing tries it, and gives it up there
- with the mask, the authors' results are uneven, too: the freer what is steered, the more a tagger can be fooled
""",
    "harpist/vampnet": """- never run here with its published weights, which were not to be had; nobody has heard a
  result of ours. On tiny networks of random weights it computes what the authors' program does: the same tokens, masks
  and sound, logits within 1e-4
- needs a graphics card, with some 5 GB (an estimate: it was never run on one). Of a processor's core, ten seconds of
  music take 170 s for each variation, and 4.7 GB of memory ([table](../benchmarks/README.md#18-music-filled-in),
  `python -m benchmarks.vampnet`); installing tries two variations of 8 s, and gives it up where that takes too long
- the network makes the middle, up to 22 kHz. Sides that are kept still have the old music in them: drop them where
  that is heard
- “Typical” does something here; in the authors' app it does not. Passes after the first keep other steps here; there
  they keep the same, so that all but the last count for nothing
- the fine-tunes in the authors' own repository are not offered: their checksums were not to be had
""",
    "harpist/transcribe": """- of the published weights, only Base ran here (the same numbers in another file, in half
  precision). Of what somebody reads aloud, it wrote all 44 words; of sentences that eSpeak says, 11 % of the words are
  wrong, in noise 16 %. Half of the words begin within 0.04 s of where they do, nine in ten within 0.14 s. Where nobody
  speaks, it wrote nothing; without “Speech only” 174 words in 150 s
  ([table](../benchmarks/README.md#20-speech-written-down), `python -m benchmarks.transcribe`). How the other sizes
  write was not measured here, nor how anything runs on a graphics card
- a minute of speech takes one core of a processor 5 s with Tiny, 9 with Base, 25 with Small, 70 with Large v3 Turbo,
  and 0.7 to 4.8 GB of memory (`python -m benchmarks.transcribe_sizes`, in the same table); a longer file takes no more
  memory
- “Speech only” may take singing with instruments for no speech: turn it off for songs
- sentences are cut at punctuation, which Whisper writes in most languages, at pauses of a second, and from 10 s on at
  a comma
- who speaks is not told; several who speak at once are written as one, or one of them is
""",
    "harpist/musicgen": """- never run here with its published weights, which were not to be had; nobody has heard a
  result of ours. On tiny networks of random weights it makes what the library `transformers` makes, sample for sample,
  and hears of a melody what that hears
- of a processor's core, a second of music takes 7 s with Small, 28 with Medium and the melody versions, 47 with the
  large ones; with 2.8, 8.1 and 13.5 GB of memory ([table](../benchmarks/README.md#22-music-from-words),
  `python -m benchmarks.musicgen`). For all but Small take a graphics card (where it was never run)
- the small version's files have to have the checksums that are written down here; the others' are what the hub tells of
  a commit, since nobody was found to have written theirs down. The stereo versions' commits stood in one project only
- up to 16 kHz, no voices; English works best. The stereo versions make two channels; with the others, a sound that goes
  on is heard in mono, and what follows is mono on all its channels
- HARP up to 2.2 sends its one file to every track: it goes on, and no melody is followed where the version follows none
- beyond 30 s the last 12 s are all that is known of what came before: a form of verses does not come of that
- a part of what it makes may be like the music it was taught: its authors' licence is for non-commercial use only
""",
    "harpist/watermark": """- not tried with its published weights, which were not to be had where it was written:
  how well it is heard, and what it survives, is what its authors say
""",
}
"""What an endpoint is worth, in short, where it is measured by itself."""

HEARD = {
    "harpist/midi-tools": "changes notes, and no sound",
    "harpist/audio-to-midi": "hears a mono mix at 22.05 kHz",
    "harpist/midi-synth": "makes stereo sound at 44.1 or 48 kHz",
    "harpist/steered-separation": "runs at the file's own rate, on all channels; hears a mono mix at 16 kHz",
    "harpist/steered-codec": "masks at the file's own rate, on all channels; the codec hears a mono mix at its own",
    "harpist/vampnet": "makes the middle of all channels at 44.1 kHz, and brings it to the file's own rate",
    "harpist/transcribe": "hears a mono mix at 16 kHz, at most 30 s at once, cut at pauses",
    "harpist/musicgen": "makes mono, or stereo where its version says so, at 32 kHz; brings it to the file's rate",
    "harpist/watermark": "adds to the file's own sound, the same on all channels; hears a mono mix at 16 kHz",
    **dict.fromkeys(
        ("harpist/stems", "harpist/stems-four", "harpist/stems-six", "harpist/stems-vocals"),
        "runs at 44.1 kHz, two channels at once",
    ),
}
"""What becomes of sound."""

IN_PYTHON_FACTS = {
    "harpist/loudness": (
        "ITU-R BS.1770-4, EBU R 128, EBU Tech 3341 and 3342",
        "tests/endpoints/loudness/test_meter.py",
    ),
    "harpist/loudness-normalization": (
        "ITU-R BS.1770-4, EBU R 128; limiter after D. Giannoulis, M. Massberg, J. D. Reiss: Digital dynamic range "
        "compressor design, JAES 60(6), 2012",
        "tests/endpoints/loudness/test_normalization.py",
    ),
    **dict.fromkeys(
        (
            "harpist/auto-level",
            "harpist/deepafx-distortion",
            "harpist/deepafx-mastering",
            "harpist/deepafx-nonspeech",
        ),
        (
            "M. A. Martínez Ramírez, O. Wang, P. Smaragdis, N. J. Bryan: Differentiable signal processing with "
            "black-box audio effects, ICASSP 2021; weights of our own, taught by `endpoints/deepafx/tasks`",
            "tests/endpoints/deepafx/test_shipped.py",
        ),
    ),
    "harpist/match-my-master": (
        "M. A. Martínez Ramírez, O. Wang, P. Smaragdis, N. J. Bryan: Differentiable signal processing with black-box "
        "audio effects, ICASSP 2021",
        "tests/endpoints/deepafx/test_matching.py",
    ),
    **dict.fromkeys(
        ("harpist/pitch-shift", "harpist/time-stretch"),
        (
            "J. Laroche, M. Dolson: Improved phase vocoder time-scale modification of audio, IEEE Transactions on "
            "Speech and Audio Processing 7(3), 1999; A. Röbel: A new approach to transient processing in the phase "
            "vocoder, DAFx 2003; A. Röbel, X. Rodet: Efficient spectral envelope estimation and its application to "
            "pitch shifting and envelope preservation, DAFx 2005; Rubber Band (GPL) where it is installed",
            "tests/endpoints/time_pitch/test_engines.py",
        ),
    ),
    "harpist/repair": (
        "S. J. Godsill, P. J. W. Rayner: Digital Audio Restoration, 1998; A. J. E. M. Janssen, R. N. J. Veldhuis, "
        "L. B. Vries: Adaptive interpolation of discrete-time signals that can be modeled as autoregressive processes, "
        "IEEE TASSP 34(2), 1986; S. Kitić, N. Bertin, R. Gribonval: Sparsity and cosparsity for declipping, LVA/ICA "
        "2015; P. Záviška, P. Rajmic, O. Mokrý, Z. Průša: A proper version of synthesis-based sparse audio declipper, "
        "ICASSP 2019",
        "tests/endpoints/repair/test_endpoint.py",
    ),
    "harpist/midi-tools": (
        "Standard MIDI Files 1.0 (RP-001)",
        "tests/endpoints/midi_tools/test_editing.py",
    ),
    "harpist/audio-to-midi": (
        "R. M. Bittner, J. J. Bosch, D. Rubinstein, G. Meseguer-Brocal, S. Ewert: A lightweight instrument-agnostic "
        "model for polyphonic note transcription and multipitch estimation, ICASSP 2022; weights: Apache-2.0 "
        "(`basic-pitch==0.4.0`)",
        "tests/endpoints/audio_to_midi/test_network.py",
    ),
    "harpist/midi-synth": (
        "Standard MIDI Files 1.0 (RP-001), General MIDI level 1 (RP-003)",
        "tests/endpoints/midi_synth/test_synthesizer.py",
    ),
    **dict.fromkeys(
        ("harpist/stems", "harpist/stems-four", "harpist/stems-six"),
        (
            "S. Rouard, F. Massa, A. Défossez: Hybrid Transformers for Music Source Separation, ICASSP 2023",
            "tests/endpoints/stems/test_parity.py",
        ),
    ),
    "harpist/stems-vocals": (
        "J.-C. Wang, W.-T. Lu, M. Won: Mel-Band RoFormer for Music Source Separation, ISMIR 2023 (late breaking); "
        "S. Rouard, F. Massa, A. Défossez: Hybrid Transformers for Music Source Separation, ICASSP 2023",
        "tests/endpoints/stems/test_roformer.py",
    ),
    "harpist/steered-separation": (
        "E. Manilow, P. O'Reilly, P. Seetharaman, B. Pardo: Source separation by steering pretrained music models, "
        "ICASSP 2022; weights: ISC (`musicnn==0.1.0`) and MIT (`endpoints/tagbox/taggers/fcn_mtat.npz`)",
        "tests/endpoints/tagbox/test_steering.py",
    ),
    "harpist/steered-codec": (
        "E. Manilow and others, as above; R. Kumar, P. Seetharaman, A. Luebs, I. Kumar, K. Kumar: High-Fidelity Audio "
        "Compression with Improved RVQGAN, NeurIPS 2023; A. Défossez, J. Copet, G. Synnaeve, Y. Adi: High Fidelity "
        "Neural Audio Compression, TMLR 2023",
        "tests/endpoints/tagbox/latents/test_codec.py",
    ),
    "harpist/vampnet": (
        "H. Flores García, P. Seetharaman, R. Kumar, B. Pardo: VampNet: Music Generation via Masked Acoustic Token "
        "Modeling, ISMIR 2023",
        "tests/endpoints/vampnet/test_parity.py",
    ),
    "harpist/transcribe": (
        "A. Radford, J. W. Kim, T. Xu, G. Brockman, C. McLeavey, I. Sutskever: Robust speech recognition via "
        "large-scale weak supervision, ICML 2023; where nobody speaks: Silero VAD, MIT (`silero-vad==6.2.3`)",
        "tests/endpoints/transcribe/test_decoding.py",
    ),
    "harpist/musicgen": (
        "J. Copet, F. Kreuk, I. Gat, T. Remez, D. Kant, G. Synnaeve, Y. Adi, A. Défossez: Simple and Controllable "
        "Music Generation, NeurIPS 2023",
        "tests/endpoints/musicgen/test_parity.py",
    ),
    "harpist/watermark": (
        "R. San Roman, P. Fernandez, H. Elsahar, A. Défossez, T. Furon, T. Tran: Proactive Detection of Voice Cloning "
        "with Localized Watermarking, ICML 2024",
        "tests/endpoints/watermark/test_endpoint.py",
    ),
}
"""What each follows, and which test says what it is worth."""


def models_page() -> str:
    sections = []
    every: dict[str, list[str]] = {}
    for name in NAMES:
        model = load(name)
        facts = model.metadata
        labels = [str(label) for label in facts["labels"]]  # type: ignore[attr-defined]
        shown = ", ".join(labels) if len(labels) <= 25 else f"{labels[0]} to {labels[-1]}, {len(labels)} in all"
        kind = "stems" if facts["effect_type"] == "waveform-to-waveform" else "labels"
        notes = "; and a MIDI file of these notes" if note_pitches(labels) else ""
        mono = "one channel at a time" if kind == "stems" else "a mono mix"
        channels = "two channels at once" if facts["multichannel"] else mono
        controls = {control.label: control for control in controls_of(model)}
        for control in controls.values():
            every.setdefault(control_row(control), []).append(name.replace("_", "-"))
        sections.append(f"""## {facts["name"]}

`{model.id}` — {facts["long_description"]}

- comes back: {kind}: {shown}{notes}
- controls: {", ".join(controls) or "none"}
- runs at {facts["sample_rate"]} Hz, {channels}
- licence: {licence_line(model)}
- paper: {model.paper}
- source: [`endpoints/bundled/{name}.py`](../endpoints/bundled/{name}.py), its accuracy in
  [`tests/endpoints/bundled/test_{name}.py`](../tests/endpoints/bundled/test_{name}.py)
{weakest(model.id)}""")
    for spec in in_python():
        for control in spec.controls:
            every.setdefault(control_row(control), []).append(spec.id.partition("/")[2])
        sections.append(in_python_section(spec))
    head = """# The bundled models

Written in plain PyTorch, exported as audacitorch models at the first start, each following a published method. What
each is worth is stated in its test: signals whose right answer is known, and how near it must come. Where a network's
weights ship in a package of `requirements-weights.txt`, that package is read as data and never imported, and the model
is left out, with a line at the start, where the package is missing. The two of loudness
are endpoints in Python instead: a gate needs the whole region, numbers are no fixed list of labels, and a gain belongs
on the file's own samples. So are those of MIDI, which is no sound, and of stems, whose networks cannot be scripted.
"""
    rows = ["| control | unit | values | at first | what it does | of |", "| --- | --- | --- | --- | --- | --- |"]
    table = "\n".join([*rows, *(f"{row} {', '.join(names)} |" for row, names in every.items())])
    return "\n".join([head, *sections, f"## Their controls\n\n{table}\n"])


def check_page() -> str:
    parts = [CHECK_HEAD]
    for group, kinds in BY_GROUP.items():
        parts.append(f"## {group}\n")
        parts += [f"### {kind.code}\n\n*{kind.severity}.* {kind.why}\n\nMend: {kind.mend}\n" for kind in kinds]
    return "\n".join(parts)


CHECK_HEAD = """# Checking a model

`harpist check FOLDER` (or `OWNER/NAME` on the hub, which is brought into a temporary place) tells everything that
would go wrong for a model's user. The model runs in the sandbox that every model runs in; a crash or a hang there is a
finding, too. An author's own module is checked before it is exported, in the author's process, by
`check(module, metadata)` of `app.audacitorch`, which also compares the exported model with the module.

Each finding has a code, a severity, a sentence with what was measured, and how to mend it; `--json` prints the same as
`{"model", "exit_code", "findings": [{"code", "severity", "sentence", "mend"}], "measured"}`. What was measured (time
and memory for a second of sound, the shortest input, how chunks agree) is told for every model.

| exit code | what it means |
| --- | --- |
| 0 | nothing, or notes only |
| 1 | warnings: a user will notice |
| 2 | errors: some users, or all, cannot use the model |
| 3 | the check could not be made, and one line says why |

The schema of metadata.json is
[`app/audacitorch/checking/metadata.schema.json`](../app/audacitorch/checking/metadata.schema.json). A model that is
slow gets fewer trials: after 45 s of processor time those are left out that the check can do without, and after 90 s no
further call begins. What takes long says so on standard error, every 10 s.
"""


def operate_page() -> str:
    """The page for operators, which is written by hand, with its table of addresses made anew."""
    rows = ["| method | address | what it gives | for |", "| --- | --- | --- | --- |"]
    rows += [f"| {', '.join(rule.methods)} | `{rule.path}` | {rule.what} | {rule.who.value} |" for rule in RULES]
    before, begin, rest = (DOCS / "operate.md").read_text(encoding="utf-8").partition(f"{_BEGIN}\n")
    _, end, after = rest.partition(_END)
    return f"{before}{begin}\n" + "\n".join(rows) + f"\n\n{end}{after}"


_BEGIN, _END = "<!-- addresses: made by python -m tests.documentation -->", "<!-- end -->"
PAGES = {
    "check.md": check_page,
    "settings.md": settings_page,
    "models.md": models_page,
    "operate.md": operate_page,
}

if __name__ == "__main__":
    for page, make in PAGES.items():
        (DOCS / page).write_text(make(), encoding="utf-8")
