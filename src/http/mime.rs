//! Content types by file name.
#![forbid(unsafe_code)]

/// By the name's end, without case.
const TYPES: &[(&str, &str)] = &[
    (".ai", "application/postscript"),
    (".aif", "audio/aiff"),
    (".aiff", "audio/aiff"),
    (".au", "audio/basic"),
    (".avi", "video/avi"),
    (".bin", "application/octet-stream"),
    (".bmp", "image/bmp"),
    (".css", "text/css"),
    (".eps", "application/postscript"),
    (".gif", "image/gif"),
    (".htm", "text/html"),
    (".html", "text/html"),
    (".ico", "image/x-icon"),
    (".jpeg", "image/jpeg"),
    (".jpg", "image/jpeg"),
    (".js", "application/javascript"),
    (".json", "application/json"),
    (".md", "text/markdown"),
    (".mp2", "video/mpeg"),
    (".mp3", "audio/mpeg3"),
    (".mp4", "video/mp4"),
    (".mpeg", "video/mpeg"),
    (".mpg", "video/mpeg"),
    (".pdf", "application/pdf"),
    (".png", "image/png"),
    (".ps", "application/postscript"),
    (".rtf", "text/rtf"),
    (".svg", "image/svg+xml"),
    (".text", "text/plain"),
    (".tif", "image/tiff"),
    (".tiff", "image/tiff"),
    (".txt", "text/plain"),
    (".wasm", "application/wasm"),
    (".wav", "audio/wav"),
    (".webp", "image/webp"),
    (".woff", "font/woff"),
    (".woff2", "font/woff2"),
    ("README", "text/plain"),
];

/// The type of a file.
pub fn of(path: &str) -> &'static str {
    let ends = |end: &str| {
        path.len()
            .checked_sub(end.len())
            .and_then(|at| path.get(at..))
            .is_some_and(|tail| tail.eq_ignore_ascii_case(end))
    };
    TYPES.iter().find(|(end, _)| ends(end)).map_or("application/octet-stream", |(_, ty)| ty)
}
