"""The letters of Chinese papers and pictures: Debian's WenQuanYi Micro Hei (2 MB), fetched without root.

It goes into the checkout, where processes of every account find it, and is taken when the host has no Chinese font.
Licence: Apache-2.0, or GPL-3+ whose font exception leaves documents that carry its outlines alone; kept beside it.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from app.embedded.apt import Apt, host_mirror
from app.embedded.errors import FetchError, FontError
from app.embedded.fetch import SUITE, Say, locked, scratch_in
from usecases.fetched_font import FETCHED

PACKAGE = "fonts-wqy-microhei"
IN_PACKAGE = Path("usr/share/fonts/truetype/wqy/wqy-microhei.ttc")
LICENCE = Path("usr/share/doc", PACKAGE, "copyright")


def ensure_font(say: Say, font: Path = FETCHED) -> None:
    """Fetch the font unless it is there; concurrent callers wait for the first. Raises FontError."""
    if font.exists():
        return
    try:
        font.parent.mkdir(exist_ok=True)
        font.parent.chmod(0o755)
        with locked(font.parent / "fetch.lock", say):
            if not font.exists():
                _fetch(font, say)
    except FetchError as error:
        raise FontError(error.reason) from error
    except OSError as error:
        raise FontError(f"{font.parent} cannot be written ({error.strerror}).") from error


def _fetch(font: Path, say: Say) -> None:
    mirror = host_mirror()
    with scratch_in(font.parent) as scratch:
        apt = Apt(scratch, mirror, SUITE)
        say("reading Debian 13's package list from this host's mirror")
        apt.update()
        say(f"downloading {PACKAGE} (2 MB)")
        (archive,) = apt.download([PACKAGE])
        unpacked = scratch / "unpacked"
        answer = subprocess.run(
            ["dpkg", "-x", str(archive), str(unpacked)], capture_output=True, text=True, check=False
        )
        if answer.returncode != 0:
            raise FontError(f"{PACKAGE} could not be unpacked: {answer.stderr.strip()[-500:]}.")
        shutil.copyfile(unpacked / LICENCE, font.with_name("LICENCE"))
        (unpacked / IN_PACKAGE).chmod(0o644)
        (unpacked / IN_PACKAGE).replace(font)  # last: what is there is complete
    say(f"Chinese letters ready: {font}")
