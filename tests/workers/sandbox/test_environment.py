"""What of the server's environment a worker may know."""

from __future__ import annotations

from app.workers.sandbox.environment import allowed


def test_only_what_computing_needs_goes_in() -> None:
    kept = {"PATH": "/bin", "LC_ALL": "C", "TZ": "UTC", "CUDA_VISIBLE_DEVICES": "0", "PYTHONPATH": "/x", "Path": "C:\\"}
    secret = {
        "HF_TOKEN": "x", "HUGGING_FACE_HUB_TOKEN": "x", "HF_HOME": "/x", "http_proxy": "http://me:x@y", "HOME": "/x",
        "USER": "x", "SSH_AUTH_SOCK": "/x", "AWS_SECRET_ACCESS_KEY": "x", "HARPIST_HOME": "/x", "PWD": "/x",
        "HARPIST_INSTALL_TOKEN": "x",
    }  # fmt: skip
    assert allowed({**secret, **kept}) == kept
