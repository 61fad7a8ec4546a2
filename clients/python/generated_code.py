"""Put the code generated from `proto/` into what is distributed."""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class GeneratedCode(BuildHookInterface[Any]):
    """Includes `parley`, which a checkout has elsewhere than a source distribution."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        # A copy in an editable install would hide what is generated later.
        if version == "editable":
            return
        checkout = Path(self.root, "../../gen/python/parley")
        source = checkout if checkout.is_dir() else Path(self.root, "parley")
        build_data["force_include"][str(source)] = "parley"
        if self.target_name == "wheel":
            # Tells type checkers that the generated code has types too.
            marker = Path(self.root, "parley_client/py.typed")
            build_data["force_include"][str(marker)] = "parley/py.typed"
