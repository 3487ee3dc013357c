"""Where the Chinese font lies that set-up fetched: beside the program, so that whichever account runs it finds it."""

from pathlib import Path

FETCHED = Path(__file__).parents[1] / ".fonts" / "wqy-microhei.ttc"
FAMILY = "WenQuanYi Micro Hei"
WITHOUT = (
    "There is no font with Chinese letters here: work briefs on paper and pictures are in English. Run `make setup`,"
    " which fetches one, or install one (Debian: apt-get install fonts-noto-cjk)"
)
