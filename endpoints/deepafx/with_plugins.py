"""An endpoint that was taught two times: to turn the knobs of the effects that come along, and of LV2 plugins."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from app.endpoint import Controls
from app.errors import ModelFormatError
from app.harp.controls import Dropdown
from app.lv2_folders import look_for_lv2
from endpoints.deepafx.serving import Trained, read_trained

if TYPE_CHECKING:
    from endpoints.deepafx.folder import Result

OWN, PLUGINS = "Harpist's own", "LV2 plugins"


def effects_choice(plugins: str) -> Dropdown:
    """Return the control that says whose knobs are turned; ``plugins`` names those of others."""
    return Dropdown(
        "effects",
        "Effects",
        f"Whose knobs are turned. “{OWN}” are always there, and came nearer where both were measured. “{PLUGINS}” are "
        f"those of the DeepAFx paper, {plugins}: choose them to go on with their presets by hand. They have to be "
        "installed on the server.",
        (OWN, PLUGINS),
        OWN,
    )


class TrainedWithPlugins(Trained):
    """Hears a region, and turns the knobs of one of two chains for it.

    A subclass states ``plugin_folder``, too, what a training wrote with plugins, and ``packages``, Debian's with these.

    Args:
        lv2: as `app.lv2_folders.look_for_lv2` takes it.
    """

    plugin_folder: Path
    packages = "liblilv-0-0 calf-plugins"

    def __init__(self, lv2: str = "") -> None:
        look_for_lv2(lv2)
        super().__init__()
        self._with_plugins: Result | None = None

    def chosen(self, controls: Controls) -> Result:
        """Return what was learnt with the effects that are asked for.

        Raises:
            ModelFormatError: the plugins are not here.
        """
        if controls["effects"] == OWN:
            return super().chosen(controls)
        if self._with_plugins is None:
            try:
                self._with_plugins = read_trained(self.plugin_folder)
            except ModelFormatError as error:
                raise ModelFormatError(
                    f"The LV2 plugins cannot be used here: install them (Debian: apt-get install {self.packages}) "
                    f"and start the server again, or choose “{OWN}” under “Effects”."
                ) from error
        return self._with_plugins
