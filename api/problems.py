"""The one table of errors to HTTP statuses, with words and remedies; docs/problems.md is generated from it."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from api.schemas.shape import Problem
from fleet.errors import EccError

MEDIA_TYPE = "application/problem+json"


class CrossSiteRequest(EccError):
    """A change with a cookie must come from the console itself or carry the header X-ECC-Request."""

    code = "cross_site_request"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: the status of a code, and its words."""

    status: HTTPStatus
    title: str
    zh: str
    en: str
    title_zh: str = ""
    do_zh: str = ""  # what the reader can do about it
    do_en: str = ""


TABLE: Mapping[str, Row] = {
    "not_found": Row(
        HTTPStatus.NOT_FOUND,
        "Not found",
        "不存在，或您无权查看。",
        "There is no such thing, or it is not yours to see.",
        title_zh="不存在",
        do_zh="请核对编号或别名；若应能看到，请让管理员检查所有权与共享的起止时间。",
        do_en="Check the id or alias. If you should see it, ask an administrator to look at its "
        "ownership and at what is shared with you, and since when.",
    ),
    "conflict": Row(
        HTTPStatus.CONFLICT,
        "Conflict",
        "已被他人先行修改，请重新读取。",
        "Somebody else changed this first; read it again.",
        title_zh="冲突",
        do_zh="重新读取该资源，再决定是否仍需修改。",
        do_en="Read the resource again and decide whether your change is still wanted.",
    ),
    "invalid_input": Row(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "Invalid input",
        "无法理解输入内容。",
        "The input cannot be understood.",
        title_zh="输入无效",
        do_zh="`errors` 指出哪个参数或成员有误及原因；改正后再发送。",
        do_en="`errors` names each parameter or member that is wrong, and why; put it right and send it again.",
    ),
    "not_authenticated": Row(
        HTTPStatus.UNAUTHORIZED,
        "Not signed in",
        "请先登录：凭据缺失、错误或已过期。",
        "Sign in first: the credentials are missing, wrong or expired.",
        title_zh="未登录",
        do_zh="在 `/api/v1/auth/login` 登录；程序请换取新的令牌后重试。",
        do_en="Sign in at `/api/v1/auth/login`; a program gets a new token and tries again.",
    ),
    "forbidden": Row(
        HTTPStatus.FORBIDDEN,
        "Forbidden",
        "您的角色不允许此操作。",
        "Your role does not allow this.",
        title_zh="无权限",
        do_zh="请有相应角色的同事操作，或让管理员调整您的角色。",
        do_en="Ask a colleague whose role allows it, or an administrator to change yours.",
    ),
    "cross_site_request": Row(
        HTTPStatus.FORBIDDEN,
        "Cross-site request",
        "使用 Cookie 的修改必须来自控制台本身，或带有请求头 X-ECC-Request。",
        "A change with a cookie must come from the console itself or carry the header X-ECC-Request.",
        title_zh="跨站请求",
        do_zh="在请求中加入 X-ECC-Request 头（值任意），或改用 bearer 令牌。",
        do_en="Add the header X-ECC-Request (any value) to the request, or use a bearer token instead of the cookie.",
    ),
    "too_many_attempts": Row(
        HTTPStatus.TOO_MANY_REQUESTS,
        "Too many attempts",
        "登录尝试次数过多，请稍后再试。",
        "Too many attempts to sign in; wait and try again.",
        title_zh="尝试过多",
        do_zh="等待 `Retry-After` 所示秒数；忘记密码请联系管理员。",
        do_en="Wait for as many seconds as `Retry-After` says; who forgot the password asks an administrator.",
    ),
    "weak_password": Row(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "Weak password",
        "密码至少 10 个字符，不得为登录名、简单序列或常见密码。",
        "A password has at least 10 characters, is not the login, no plain sequence and none of the commonest.",
        title_zh="密码过弱",
        do_zh="使用较长的短语，例如几个互不相关的词。",
        do_en="Take a longer phrase, for example a few words that have nothing to do with each other.",
    ),
    "provider_unusable": Row(
        HTTPStatus.BAD_GATEWAY,
        "Company login unusable",
        "企业登录服务没有正确应答。",
        "The company's OpenID provider does not answer, or not as it should.",
        title_zh="企业登录不可用",
        do_zh="请用密码登录，或请管理员检查企业登录的设置。",
        do_en="Sign in with a password, or ask an administrator to look at the settings of the company login.",
    ),
    "invitation_over": Row(
        HTTPStatus.GONE,
        "Invitation over",
        "此邀请已被使用、撤回或过期，请索取新的邀请。",
        "This invitation has been used or withdrawn, or is too old; ask for a new one.",
        title_zh="邀请已失效",
        do_zh="请邀请您的同事重新发送链接；链接只能使用一次，七天内有效。",
        do_en="Ask the colleague who invited you for a new link; each works once, for seven days.",
    ),
    "notice_link_over": Row(
        HTTPStatus.GONE,
        "Notice link over",
        "此链接已使用或已过期。",
        "This link has been used, or is too old.",
        title_zh="消息链接已失效",
        do_zh="请登录后在报警页面操作；链接只能使用一次，七天内有效。",
        do_en="Sign in and do it on the alarm's page; each link works once, for seven days.",
    ),
    "password_link_over": Row(
        HTTPStatus.GONE,
        "Password link over",
        "此链接已被使用、被新链接取代或过期，请索取新的链接。",
        "This link has been used or replaced by a newer one, or is too old; ask for a new one.",
        title_zh="密码链接已失效",
        do_zh="请管理员重新生成链接；链接只能使用一次，三天内有效。",
        do_en="Ask whoever keeps the people for a new link; each works once, for three days.",
    ),
    "precondition_failed": Row(
        HTTPStatus.PRECONDITION_FAILED,
        "Changed meanwhile",
        "您读取之后它已被修改，请重新读取。",
        "It has been changed since you read it; read it again.",
        title_zh="已被修改",
        do_zh="重新读取该资源，在新版本上再做修改，并以新的 ETag 作为 If-Match 发送。",
        do_en="Read the resource again, make your change to what it is now, and send its new ETag as If-Match.",
    ),
    "precondition_required": Row(
        HTTPStatus.PRECONDITION_REQUIRED,
        "Version needed",
        "修改须注明所依据的版本：请用 If-Match 发送读取时得到的 ETag。",
        "A change names the version it was made from: send the ETag you read as If-Match.",
        title_zh="需要版本",
        do_zh="先用 GET 读取该资源，把应答的 ETag 原样放入 If-Match。",
        do_en="Read the resource with GET first and hand its ETag back, as it is, in If-Match.",
    ),
    "idempotency_mismatch": Row(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "Key used before",
        "此 Idempotency-Key 已用于另一个请求，请换一个。",
        "This Idempotency-Key was used for another request; take a new one.",
        title_zh="键已使用",
        do_zh="为每个新请求生成新的键（如 UUID）；只有重发同一请求时才用旧键。",
        do_en="Make a new key (a UUID, say) for every new request; use an old one only to send the "
        "very same request again.",
    ),
    "not_acceptable": Row(
        HTTPStatus.NOT_ACCEPTABLE,
        "Not acceptable",
        "没有 Accept 请求头所允许的格式。",
        "This is not served in any form that the Accept header allows.",
        title_zh="格式不可用",
        do_zh="请求接口文档所列的格式，或省去 Accept 请求头。",
        do_en="Ask for one of the forms in which the endpoint is documented, or leave the Accept header out.",
    ),
    "unsupported_media_type": Row(
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        "Unsupported media type",
        "不接受此类型的请求体。",
        "The body is not of a type that is taken here.",
        title_zh="类型不支持",
        do_zh="请在请求头 Content-Type 中注明接口文档所列的类型（多为 application/json，导入为 text/csv 或 "
        "application/geo+json）。",
        do_en="Say in the header Content-Type that it is one of the documented types: application/json nearly "
        "everywhere, text/csv or application/geo+json for imports.",
    ),
    "rate_limited": Row(
        HTTPStatus.TOO_MANY_REQUESTS,
        "Too many requests",
        "请求过于频繁，请稍后再试。",
        "Too many requests; wait and try again.",
        title_zh="请求过多",
        do_zh="等待 `Retry-After` 所示秒数；平时留意 RateLimit-Remaining，并合并请求（如用整队接口代替逐台查询）。",
        do_en="Wait for as many seconds as `Retry-After` says. Watch RateLimit-Remaining, and ask for "
        "many machines at once where an endpoint offers it.",
    ),
    "busy": Row(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "Busy",
        "同类请求处理中过多，请稍后再试。",
        "Too much of this is being worked on; try again shortly.",
        title_zh="繁忙",
        do_zh="等待 `Retry-After` 所示秒数后重试。",
        do_en="Try again after as many seconds as `Retry-After` says.",
    ),
    "too_many_streams": Row(
        HTTPStatus.TOO_MANY_REQUESTS,
        "Too many live streams",
        "打开的实时流过多，请先关闭一个。",
        "Too many live streams are open; close one before opening another.",
        title_zh="实时流过多",
        do_zh="关闭不再需要的流（或浏览器标签页），等待 `Retry-After` 所示秒数后重试；"
        "重复筛选参数，一个流即可覆盖多台机器。",
        do_en="Close streams (or tabs) that nobody needs and try again after as many seconds as `Retry-After` says; "
        "one stream takes many machines, sites or kinds by repeating the parameter.",
    ),
    "payload_too_large": Row(
        HTTPStatus(413),
        "Too large",
        "请求过大。",
        "The request is larger than this endpoint takes.",
        title_zh="过大",
        do_zh="把内容分成几次发送。",
        do_en="Send it in several smaller requests.",
    ),
    "headers_too_large": Row(
        HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
        "Headers too large",
        "请求头过大。",
        "The headers of the request are too large.",
        title_zh="请求头过大",
        do_zh="请求头合计不超过 32 KiB；多为 Cookie 过多所致。",
        do_en="Keep the headers below 32 KiB in all; most often there are too many cookies.",
    ),
    "address_too_long": Row(
        HTTPStatus.REQUEST_URI_TOO_LONG,
        "Address too long",
        "请求地址过长，或参数过多。",
        "The address of the request is too long, or has too many parameters.",
        title_zh="地址过长",
        do_zh="查询串不超过 16 KiB、参数不超过 200 个；请分几次查询。",
        do_en="Keep the query below 16 KiB and 200 parameters; ask in several requests.",
    ),
    "too_expensive": Row(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "Too expensive",
        "该查询耗时过长，请缩小时间范围或减少信号。",
        "This query takes too long; ask for a shorter span or fewer signals.",
        title_zh="代价过高",
        do_zh="缩短时间范围、减少信号，或加上筛选条件后分页读取；原样重试无济于事。",
        do_en="Ask for a shorter span, fewer signals or a narrower filter, and read page by page; "
        "sending the same again will not help.",
    ),
    "being_changed": Row(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "Being changed",
        "其他人正在修改此内容，请稍后再试。",
        "Somebody else is changing this at the moment; try again shortly.",
        title_zh="正在被修改",
        do_zh="等待 `Retry-After` 所示秒数后原样重试；未作任何修改。",
        do_en="Send the same again after as many seconds as `Retry-After` says; nothing was changed.",
    ),
    "database_unavailable": Row(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "Database unavailable",
        "数据库暂时不可用，请稍后再试。",
        "The database cannot be reached now; try again shortly.",
        title_zh="数据库不可用",
        do_zh="等待 `Retry-After` 所示秒数后重试；若持续，请查看 `/readyz`。",
        do_en="Try again after as many seconds as `Retry-After` says; if it lasts, the operator looks at `/readyz`.",
    ),
    "schema_mismatch": Row(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "Wrong schema version",
        "数据库版本与程序不符，请运行 `ecc migrate`。",
        "The database schema is not the version this program knows; run `ecc migrate`.",
        title_zh="数据库版本不符",
        do_zh="由运维人员运行 `ecc migrate`，或启动与数据库相符的程序版本。",
        do_en="The operator runs `ecc migrate`, or starts the version of the program that fits the database.",
    ),
    "method_not_allowed": Row(
        HTTPStatus.METHOD_NOT_ALLOWED,
        "Method not allowed",
        "不支持该方法。",
        "This resource has no such method.",
        title_zh="方法不支持",
        do_zh="应答头 Allow 与 `/openapi.json` 列出可用的方法。",
        do_en="The header Allow and `/openapi.json` list the methods that there are.",
    ),
    "http_error": Row(
        HTTPStatus.BAD_REQUEST,
        "Bad request",
        "请求无效。",
        "The request is not valid.",
        title_zh="请求无效",
        do_zh="按状态码与 HTTP 规范检查请求本身。",
        do_en="Check the request itself against its status and the rules of HTTP.",
    ),
    "internal_error": Row(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "Internal error",
        "内部错误，已记录。",
        "Something went wrong here; it has been logged.",
        title_zh="内部错误",
        do_zh="稍后重试；若再次出现，请把时间和请求地址告知运维人员。",
        do_en="Try again later; if it comes back, tell the operator the time and the address of the request.",
    ),
}


def documented(*codes: str) -> dict[int | str, dict[str, Any]]:
    """The `responses=` of an operation that may answer with these codes; those that every operation has are added."""
    statuses = {TABLE[code].status for code in (*codes, "invalid_input", "database_unavailable")}
    return {int(status): {"model": Problem, "content": {MEDIA_TYPE: {}}} for status in sorted(statuses)}


def type_of(code: str) -> str:
    """The `type` of a problem: the address, relative to the API's own, of the page that explains it."""
    return f"/problems/{code}"
