"""Why the photo storage fails, in one line for the log: the cause, and what to check.

The text of the error is never logged: it has the whole response of the store, with the access key.
"""

import errno
import re

# By S3's error code, the name of an error of the disk or the network, or a word of obstore.
# https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
KEYS = "check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
REGION = "AWS_REGION is not the bucket's"
FOLDER = "the folder of PHOTOS_URL cannot be used: check its owner and mode"
ADVICE = {
    "NoSuchBucket": "PHOTOS_URL names no bucket of this store",
    "InvalidAccessKeyId": KEYS,
    "SignatureDoesNotMatch": KEYS,
    "ExpiredToken": KEYS,
    "AccessDenied": "this key may not do that in this bucket: check its policy",
    "RequestTimeTooSkewed": "this machine's clock is wrong: see timedatectl",
    "AuthorizationHeaderMalformed": REGION,
    "PermanentRedirect": REGION,
    "redirect without LOCATION": REGION,
    "XMinioStorageFull": "the store's disk is full",
    "SlowDown": "too many requests at once: wait, or ask the provider",
    "ENOSPC": "the disk is full: free space",
    "EDQUOT": "the disk quota is used up: free space",
    "EROFS": "the disk is mounted read-only: see dmesg",
    "EIO": "the disk fails: see dmesg",
    "EACCES": FOLDER,
    "EPERM": FOLDER,
    "ENOTDIR": FOLDER,
    "EEXIST": FOLDER,
    "ENOENT": FOLDER,
    "ECONNREFUSED": "nothing listens at AWS_ENDPOINT_URL",
    "InvalidCertificate": "the certificate of AWS_ENDPOINT_URL is not trusted",
    "dns error": "the host of AWS_ENDPOINT_URL has no address: check DNS",
    "TimedOut": "AWS_ENDPOINT_URL does not respond: check the store and the network",
}

OBSTORE_WORDS = ("redirect without LOCATION", "InvalidCertificate", "dns error", "TimedOut")


def describe(error: Exception) -> str:
    """Return the error's name, HTTP status and code, and what to check."""
    text = str(error)
    words = [type(error).__name__]
    if status := re.search(r"status code: ([0-9]{3})", text):
        words.append(f"HTTP {status[1]}")
    number = re.search(r"\(os error ([0-9]+)\)|\bcode: ([0-9]+)", text)
    os_error = int(number[1] or number[2]) if number else getattr(error, "errno", None) or 0
    if name := errno.errorcode.get(os_error):
        words.append(name)
    if code := re.search(r"<Code>(\w{1,60})</Code>", text):
        words.append(code[1])
    words += [word for word in OBSTORE_WORDS if word in text]
    cause = " ".join(words)
    advice = next((ADVICE[word] for word in words if word in ADVICE), None)
    return f"{cause}: {advice}" if advice else cause


def is_missing_bucket(error: FileNotFoundError) -> bool:
    """Return whether the whole bucket is missing, and not only a file."""
    return "<Code>NoSuchBucket</Code>" in str(error)
