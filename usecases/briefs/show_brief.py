"""A brief in the form that somebody reads: a PDF, a page, or its numbers as CSV. Takes what the API answers as JSON."""

import json

from usecases.briefs.brief import BriefForm
from usecases.briefs.charts import language_drawn
from usecases.briefs.paper import pdf_of
from usecases.briefs.tables import csv_of
from usecases.briefs.web_page import html_of


def show_brief(brief: bytes, form: BriefForm, language: str) -> tuple[bytes, str]:
    """The file, and the language of its words: paper is English where this host has no font with Chinese."""
    found = json.loads(brief)
    said = language_drawn(language)
    if form == "pdf":
        return pdf_of(found, said), said
    if form == "csv":
        return csv_of(found).encode(), language
    return html_of(found, language).encode(), language
