"""
Check `deploy/istio/`, and say what to write.

    python -m tools.mesh_check            # our rules, then Istio's own schemas
    python -m tools.mesh_check --official # and fail where the schemas cannot be asked
    python -m tools.mesh_check --rules    # list the rules
"""

import sys

from tools.mesh_check.checking import check, rules
from tools.mesh_check.folder import Folder
from tools.mesh_check.mesh import meshes
from tools.mesh_check.official import official


def main() -> None:
    """Run everything, however much fails."""
    of_mesh, of_files = rules()
    if "--rules" in sys.argv:
        for name, rule in sorted({**of_mesh, **of_files}.items()):
            print(f"{name:28} {(sys.modules[rule.__module__].__doc__ or '').strip()}")
        return
    folder = Folder.read()
    found = check(folder)
    for finding in found:
        print(f"{finding}\n")
    count = len({*of_mesh, *of_files})
    built = [mesh.name for mesh in meshes(folder)] if not found else []
    if not found:
        print(
            f"  ✓ {count} rules over {len(built)} meshes of {len(folder.texts)} files"
        )
    schemas = official()
    print(schemas.text)
    if found or schemas.failed:
        sys.exit(f"mesh-check failed: {len(found)} findings of our rules")
    if not schemas.asked and "--official" in sys.argv:
        sys.exit("mesh-check failed: Istio's own schemas were not asked")


if __name__ == "__main__":
    main()
