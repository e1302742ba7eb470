"""The tasks by their names."""

from __future__ import annotations

from endpoints.deepafx.tasks import auto_level, distortion, mastering, nonspeech, with_plugins
from endpoints.deepafx.tasks.task import Task

TASKS: dict[str, Task] = {
    task.name: task for task in (distortion.TASK, nonspeech.TASK, mastering.TASK, auto_level.TASK, *with_plugins.TASKS)
}
