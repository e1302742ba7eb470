"""The page where one signs in with a key: plain HTML that works without a script."""

from __future__ import annotations

import base64
import hashlib
from html import escape
from urllib.parse import quote

from app.ui.look import FAVICON, static_text

_STYLE = """
body { background: var(--hp-paper); color: var(--hp-ink); font: 1.05rem/1.6 var(--hp-sans); margin: 0; }
main { max-width: 26rem; margin: 14vh auto 0; padding: 0 1rem; }
h1 { font: 600 2rem/1.2 var(--hp-serif); margin: 0 0 .5rem; }
form { background: var(--hp-sheet); border: 1px solid var(--hp-line); border-radius: 16px; padding: 1.25rem;
  box-shadow: var(--hp-shadow); }
label { display: block; font-weight: 600; margin-bottom: .35rem; }
input { box-sizing: border-box; width: 100%; font: 1rem/1.4 var(--hp-mono); padding: .7rem .8rem; border-radius: 10px;
  border: 1px solid var(--hp-edge); background: var(--hp-well); color: inherit; }
button, .way { margin-top: 1rem; width: 100%; min-height: 44px; font: 600 1rem/1 var(--hp-sans); border: 0;
  cursor: pointer; border-radius: 10px; color: var(--hp-on-accent); background: var(--hp-accent); }
button:hover { background: var(--hp-accent-strong); }
.way { box-sizing: border-box; display: block; text-align: center; text-decoration: none; line-height: 44px;
  color: var(--hp-ink); background: var(--hp-sheet); border: 1px solid var(--hp-edge); }
.way:hover { background: var(--hp-well); }
:is(input, button, a):focus-visible { outline: 2px solid var(--hp-accent); outline-offset: 2px; }
.wrong { color: var(--hp-error); background: var(--hp-error-tint); border-radius: 10px; padding: .6rem .8rem; }
.more { color: var(--hp-soft); font-size: .92rem; }
code { font: .9em var(--hp-mono); }
"""
_KEY_FORM = """<form method="post" action="{action}">
<input type="hidden" name="to" value="{to}">
<label for="key">Your key, from the server's operator</label>
<input id="key" name="key" type="password" autocomplete="current-password" autocapitalize="off" spellcheck="false"
 required autofocus placeholder="harpist_…">
<button>Sign in</button></form>
"""
_IN_HARP_BY_KEY = (
    '<p class="more">In HARP, put the key into the model\'s address: <code>…/key/YOUR-KEY/models/OWNER/NAME</code></p>'
)


def sign_in_page(prefix: str, to: str, wrong: str, *, keys: bool, hub: bool) -> str:
    """Return the page.

    Args:
        prefix: the path under which the server stands, without a slash at its end.
        to: the path under it that was asked for, and that comes next.
        wrong: what was wrong with the last try; ``""`` for nothing.
        keys: whether one may sign in with a key.
        hub: whether one may sign in at the Hugging Face hub.
    """
    style = static_text("look.css") + _STYLE
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; form-action 'self'; base-uri 'none'"
    alert = f'<p class="wrong" role="alert">{escape(wrong)}</p>' if wrong else ""
    away = f"{prefix}/sign-in/hugging-face?to={quote(to, safe='')}"
    ways = [
        *([_KEY_FORM.format(action=escape(f"{prefix}/sign-in"), to=escape(to))] if keys else []),
        *([f'<a class="way" href="{escape(away)}">Sign in with Hugging Face</a>'] if hub else []),
        *([_IN_HARP_BY_KEY] if keys else ['<p class="more">In HARP, save a token of your Hugging Face account.</p>']),
    ]
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{policy}"><meta name="referrer" content="same-origin">
<title>Sign in – Harpist</title><link rel="icon" href="{FAVICON}"><style>{style}</style></head><body><main>
<h1>Harpist</h1><p>This server wants to know who uses it.</p>{alert}
{"".join(ways)}
</main></body></html>
"""
