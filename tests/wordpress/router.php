<?php
// The requests that were answered, for the tests: status, path, one a line.
register_shutdown_function(fn () => file_put_contents(
    dirname($_SERVER['DOCUMENT_ROOT']) . '/requests.log', http_response_code() . " {$_SERVER['REQUEST_URI']}\n", FILE_APPEND
));

// PHP's own web server asks this before each answer: files are sent as they are, all else is WordPress's, as with the
// rewrite rules of Apache.
$path = rawurldecode((string) parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH));
$file = realpath($_SERVER['DOCUMENT_ROOT'] . $path);
if ($file && is_file($file) && str_starts_with($file, realpath($_SERVER['DOCUMENT_ROOT']) . '/')) {
    return false;
}
$_SERVER['SCRIPT_NAME'] = $_SERVER['PHP_SELF'] = '/index.php';
require $_SERVER['DOCUMENT_ROOT'] . '/index.php';
