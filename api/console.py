"""The console's files: hashed assets kept for good, the page itself never, and a plain page while it is not built."""

from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.responses import FileResponse, HTMLResponse, Response
from starlette.exceptions import HTTPException
from starlette.staticfiles import StaticFiles

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; script-src 'self'; worker-src 'self' blob:; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; object-src 'none'; base-uri 'self'; "
    "form-action 'self'; frame-ancestors 'none'"
)
API_POLICY = "default-src 'none'; frame-ancestors 'none'"
_NOT_BUILT = """<!doctype html><html lang="en"><meta charset="utf-8"><title>ECC Telematics</title>
<h1>The console is not built</h1><p>The API runs, but its web page is missing. On the server run</p>
<pre>make setup</pre><p>and load this page again.</p>
<h1 lang="zh">控制台尚未构建</h1>
<p lang="zh">API 正在运行，但缺少网页文件。请在服务器上运行 <code>make setup</code>，然后刷新本页。</p></html>
"""
_RESERVED = ("api/", "aemp/", "oauth/", "problems/", ".well-known/", "metrics", "healthz", "readyz", "openapi.json")


class HashedFiles(StaticFiles):
    """Files whose names change with their content."""

    def file_response(self, *args: object, **kwargs: object) -> Response:
        """The file, to be kept by caches for a year without asking again."""
        response: Response = super().file_response(*args, **kwargs)  # type: ignore[arg-type]
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


def mount(app: FastAPI, dist: Path | None) -> None:
    """Serve the console from `dist`: /assets/*, other files by name, and index.html for every other page of it."""
    if dist is not None:
        app.mount("/assets", HashedFiles(directory=dist / "assets", check_dir=False), name="assets")

    @app.get("/{path:path}", include_in_schema=False)
    async def page(path: str, request: Request) -> Response:
        """A file of the console, or its page, which reads the rest of the address itself."""
        if path.startswith(_RESERVED) or path == "api":
            raise HTTPException(404)
        return _page(dist, path, request)


def _page(dist: Path | None, path: str, request: Request) -> Response:
    index = None if dist is None else dist / "index.html"
    if dist is None or index is None or not index.is_file():
        return HTMLResponse(_NOT_BUILT, status_code=503, headers={"Cache-Control": "no-store"})
    file = _inside(dist, path)
    if file is not None:
        return FileResponse(file, headers={"Cache-Control": "no-cache"})
    if "." in path.rsplit("/", 1)[-1] and "text/html" not in request.headers.get("accept", ""):
        raise HTTPException(404)
    return FileResponse(index, headers={"Cache-Control": "no-cache"})


def _inside(dist: Path, path: str) -> Path | None:
    """The file of this name in `dist`; None when there is none or it lies outside."""
    if not path or "\0" in path:
        return None
    file = (dist / path).resolve()
    return file if file.is_file() and file.is_relative_to(dist.resolve()) else None
