"""Put the code generated from `proto/` into what is distributed."""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

# Tells type checkers that the generated code has types too.
TYPED = "parley/py.typed"


class GeneratedCode(BuildHookInterface[Any]):
    """Includes `parley`, which a checkout has elsewhere than a source distribution."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        # A copy in an editable install would hide what is generated later.
        if version == "editable":
            return
        checkout = Path(self.root, "../../gen/python/parley")
        if checkout.is_dir():
            included = {checkout: "parley", Path(self.root, "py.typed"): TYPED}
        else:
            included = {Path(self.root, "parley"): "parley"}
        for source, target in included.items():
            build_data["force_include"][str(source)] = target
