"""Make hub/web/static/vendor anew from the unpacked npm packages: python deploy/vendor.py DKFDS_FOLDER HTMX_FOLDER.

Taken: the design system's style sheet without its font faces (ours name woff2 alone), the icons that it names, four
fonts, and htmx; each with its licence. Left out: logos of public portals, scripts, and every other format.
"""

import re
import shutil
import sys
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).resolve().parent.parent / "hub" / "web" / "static" / "vendor"
FONTS: Final = ("Regular-Latin1", "Medium-Latin1", "SemiBold-Latin1", "Bold-Latin1", "Regular-Latin2")
_FACE: Final = re.compile(r"@font-face\s*{[^}]*}")
_ICON: Final = re.compile(r"url\(\.\./img/svg-icons/([\w-]+\.svg)\)")


def design_system(package: Path) -> None:
    """Det Fælles Designsystem."""
    to = HERE / "dkfds"
    shutil.rmtree(to, ignore_errors=True)
    for folder in ("css", "fonts", "img/svg-icons"):
        (to / folder).mkdir(parents=True)
    style = _FACE.sub("", (package / "dist/css/dkfds.min.css").read_text(encoding="utf-8"))
    style = re.sub(r"/\*# sourceMappingURL=.*?\*/", "", style)
    for left_out in set(re.findall(r"url\(\.\./img/(?!svg-icons/)[^)]*\)", style)):
        style = style.replace(left_out, "none")
    (to / "css/dkfds.css").write_text(style, encoding="utf-8")
    for icon in sorted(set(_ICON.findall(style))):
        shutil.copy(package / "dist/img/svg-icons" / icon, to / "img/svg-icons" / icon)
    for font in FONTS:
        name = f"IBMPlexSans-{font}.woff2"
        shutil.copy(package / "dist/fonts/IBMPlexSans/split/woff2" / name, to / "fonts" / name)
    shutil.copy(package / "LICENSE.md", to / "LICENSE.md")
    shutil.copy(package / "dist/fonts/IBMPlexSans/split/woff2/license.txt", to / "fonts/license.txt")


def htmx(package: Path) -> None:
    """The library htmx."""
    to = HERE / "htmx"
    shutil.rmtree(to, ignore_errors=True)
    to.mkdir(parents=True)
    shutil.copy(package / "dist/htmx.min.js", to / "htmx.min.js")
    shutil.copy(package / "LICENSE", to / "LICENSE")


if __name__ == "__main__":
    design_system(Path(sys.argv[1]))
    htmx(Path(sys.argv[2]))
