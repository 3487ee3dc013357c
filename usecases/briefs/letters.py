"""The Chinese letters of a page, as a font that the page carries: readable where no Chinese font is."""

import io
from base64 import b64encode
from typing import Any

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from matplotlib import font_manager

from usecases.picture_words import chinese_font

FAMILY = "letters"
_LATIN_END = "\u0250"


def letters_style(text: str) -> str:
    """A rule of CSS with the outlines of the letters beyond Latin in a text (about 100 bytes each); empty without
    any, or without such a font on this host."""
    wanted = "".join(sorted({sign for sign in text if sign >= _LATIN_END}))
    name = chinese_font()
    if name is None or not wanted:
        return ""
    face = next(font for font in font_manager.fontManager.ttflist if font.name == name and font.weight == 400)
    options: Any = Options(layout_features=[], hinting=False, name_IDs=[], notdef_outline=True)
    options.drop_tables += ["FFTM"]  # FontForge's own notes
    subsetter: Any = Subsetter(options)
    subsetter.populate(text=wanted)
    out = io.BytesIO()
    with TTFont(face.fname, fontNumber=face.index, lazy=True) as found:
        subsetter.subset(found)
        found.flavor = "woff"
        found.save(out)
    source = f"url(data:font/woff;base64,{b64encode(out.getvalue()).decode()})"
    return f'@font-face{{font-family:{FAMILY};src:{source} format("woff")}}'
