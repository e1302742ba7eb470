"""A check's report: findings, and what was measured; readable and as JSON. Standard library only."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

ERROR, WARNING, NOTE = "error", "warning", "note"
SEVERITIES = (ERROR, WARNING, NOTE)
"""From what keeps a model from being used, over what a user will notice, to what is only worth knowing."""

_EXIT_CODES = {ERROR: 2, WARNING: 1, NOTE: 0}


@dataclass(frozen=True)
class Finding:
    """One thing that would go wrong.

    Attributes:
        code: its kind's stable name, such as ``"fewer-samples"``; ``docs/check.md`` has a section for each.
        severity: one of :data:`SEVERITIES`.
        sentence: what was found, with the number that was measured.
        mend: how to mend it.
    """

    code: str
    severity: str
    sentence: str
    mend: str


@dataclass(frozen=True)
class Kind:
    """A kind of finding.

    Attributes:
        code: its stable name.
        severity: one of :data:`SEVERITIES`.
        why: what it means for whoever uses the model.
        mend: how to mend it.
    """

    code: str
    severity: str
    why: str
    mend: str

    def found(self, sentence: str) -> Finding:
        """Return a finding of this kind."""
        return Finding(self.code, self.severity, sentence, self.mend)


@dataclass(frozen=True)
class Report:
    """What a check found.

    Attributes:
        model: what was checked, as the user called it.
        findings: in the order of their severity.
        measured: what was measured, a name and a short text with its unit each.
    """

    model: str
    findings: tuple[Finding, ...] = ()
    measured: Mapping[str, str] = field(default_factory=dict)

    @property
    def exit_code(self) -> int:
        """What the command exits with: 2 where there are errors, else 1 where there are warnings, else 0."""
        return max((_EXIT_CODES[finding.severity] for finding in self.findings), default=0)

    def text(self) -> str:
        """Return the report as a person reads it."""
        lines = [self.model]
        for finding in self.findings:
            lines += [f"  {finding.severity} [{finding.code}] {finding.sentence}", f"      {finding.mend}"]
        lines += [f"  {name}: {value}" for name, value in self.measured.items()]
        return "\n".join([*lines, self.summary()])

    def summary(self) -> str:
        """Return the last line.

        >>> Report("a").summary()
        'Nothing was found that would go wrong.'
        """
        counts = [(sum(finding.severity == severity for finding in self.findings), severity) for severity in SEVERITIES]
        parts = [f"{count} {severity}{'' if count == 1 else 's'}" for count, severity in counts if count]
        return f"{', '.join(parts)}." if parts else "Nothing was found that would go wrong."

    def json(self) -> str:
        """Return the report as one JSON object: ``model``, ``exit_code``, ``findings``, ``measured``."""
        record = {"model": self.model, "exit_code": self.exit_code}
        record |= {"findings": [asdict(finding) for finding in self.findings], "measured": dict(self.measured)}
        return json.dumps(record, indent=2, ensure_ascii=False)


def make_report(model: str, findings: Iterable[Finding], measured: Mapping[str, str]) -> Report:
    """Return a report with the findings in the order of their severity, each once."""
    unique = dict.fromkeys(findings)
    return Report(model, tuple(sorted(unique, key=lambda one: SEVERITIES.index(one.severity))), dict(measured))


def read_report(text: str) -> Report:
    """Read what :meth:`Report.json` wrote.

    Raises:
        ValueError: it is no report.
    """
    try:
        record: dict[str, Any] = json.loads(text)
        findings = tuple(Finding(**{name: str(value) for name, value in one.items()}) for one in record["findings"])
        if any(finding.severity not in SEVERITIES for finding in findings):
            raise ValueError("a severity that is none")
        measured = {str(name): str(value) for name, value in record["measured"].items()}
        return Report(str(record["model"]), findings, measured)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError("no report") from error
