//! Status codes with their usual reasons, and the pages for errors.
#![forbid(unsafe_code)]

use std::ffi::CStr;

macro_rules! statuses {
    ($($code:literal $name:ident $reason:literal)*) => {
        $(pub const $name: u16 = $code;)*

        /// The usual reason for a status.
        pub fn reason(code: u16) -> &'static CStr {
            match code {
                $($code => $reason,)*
                _ => c"Unknown HTTP Status",
            }
        }
    };
}

statuses! {
    100 CONTINUE c"Continue"
    101 SWITCHING c"Switching Protocols"
    102 PROCESSING c"Processing"
    200 OK c"OK"
    201 CREATED c"Created"
    202 ACCEPTED c"Accepted"
    203 NOT_AUTHORITATIVE c"Not Authoritative"
    204 NO_CONTENT c"No Content"
    205 RESET_CONTENT c"Reset Content"
    206 PARTIAL_CONTENT c"Partial Content"
    207 MULTI_STATUS c"Multi-Status"
    208 ALREADY_REPORTED c"Already Reported"
    226 IM_USED c"IM Used"
    300 MULTIPLE_CHOICES c"Multiple Choices"
    301 MOVED_PERMANENTLY c"Moved Permanently"
    302 FOUND c"Found"
    303 SEE_OTHER c"See Other"
    304 NOT_MODIFIED c"Not Modified"
    305 USE_PROXY c"Use Proxy"
    307 TEMPORARY_REDIRECT c"Temporary Redirect"
    308 PERMANENT_REDIRECT c"Permanent Redirect"
    400 BAD_REQUEST c"Bad Request"
    401 UNAUTHORIZED c"Unauthorized"
    402 PAYMENT_REQUIRED c"Payment Required"
    403 FORBIDDEN c"Forbidden"
    404 NOT_FOUND c"Not Found"
    405 METHOD_NOT_ALLOWED c"Method Not Allowed"
    406 NOT_ACCEPTABLE c"Not Acceptable"
    407 PROXY_AUTH_REQUIRED c"Proxy Authentication Required"
    408 REQUEST_TIMEOUT c"Request Timeout"
    409 CONFLICT c"Conflict"
    410 GONE c"Gone"
    411 LENGTH_REQUIRED c"Length Required"
    412 PRECONDITION_FAILED c"Precondition Failed"
    413 PAYLOAD_TOO_LARGE c"Payload Too Large"
    414 ENTITY_TOO_LONG c"Request Entity Too Long"
    415 UNSUPPORTED_MEDIA_TYPE c"Unsupported Media Type"
    416 RANGE_NOT_SATISFIABLE c"Requested Range Not Satisfiable"
    417 EXPECTATION_FAILED c"Expectation Failed"
    418 TEAPOT c"I Am A Teapot"
    422 UNPROCESSABLE_ENTITY c"Unprocessable Entity"
    423 LOCKED c"Locked"
    424 FAILED_DEPENDENCY c"Failed Dependency"
    426 UPGRADE_REQUIRED c"Upgrade Required"
    428 PRECONDITION_REQUIRED c"Precondition Required"
    429 TOO_MANY_REQUESTS c"Too Many Requests"
    431 HEADERS_TOO_LARGE c"Headers Too Large"
    451 UNAVAIL_LEGAL_REASONS c"Unavailable For Legal Reasons"
    500 INTERNAL_SERVER_ERROR c"Internal Server Error"
    501 NOT_IMPLEMENTED c"Not Implemented"
    502 BAD_GATEWAY c"Bad Gateway"
    503 SERVICE_UNAVAILABLE c"Service Unavailable"
    504 GATEWAY_TIMEOUT c"Gateway Timeout"
    505 HTTP_VERSION_NOT_SUPP c"HTTP Version Not Supported"
    506 VARIANT_ALSO_NEGOTIATES c"Variant Also Negotiates"
    507 INSUFFICIENT_STORAGE c"Insufficient Storage"
    508 LOOP_DETECTED c"Loop Detected"
    510 NOT_EXTENDED c"Not Extended"
    511 NETWORK_AUTH_REQUIRED c"Network Authentication Required"
}

/// A page that shows a status; `details` is HTML.
pub fn page(code: u16, details: &str) -> Vec<u8> {
    let reason = reason(code).to_string_lossy();
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head><title>{code} {reason}</title></head>\n\
         <body style=\"text-align: center\">\n<h1>{code}</h1>\n<h2>{reason}</h2>\n\
         <p>{details}</p>\n</body>\n</html>\n"
    )
    .into_bytes()
}

/// Text made safe for a page.
pub fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c => out.push(c),
        }
    }
    out
}
