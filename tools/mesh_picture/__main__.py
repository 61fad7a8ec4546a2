"""Draw the call graph and its policy: `python -m tools.mesh_picture`."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from tools.mesh_picture.content import content

HERE = Path(__file__).parent
PICTURE = HERE.parents[1] / "docs/images/mesh.svg"


def drawn() -> str:
    """Draw it."""
    environment = Environment(
        loader=FileSystemLoader(HERE), undefined=StrictUndefined, autoescape=True
    )
    return environment.get_template("mesh.svg.j2").render(content()) + "\n"


if __name__ == "__main__":
    PICTURE.write_text(drawn())
