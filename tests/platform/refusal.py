"""The errors of the platform, with the shape its clients see."""

STATUS = {
    "AUTH_REQUIRED": (401, "TECHNICAL", "You must be logged in to do this."),
    "FORBIDDEN_ACCESS": (403, "TECHNICAL", "You are not allowed to do this."),
    "DATABASE_ERROR": (500, "TECHNICAL", "A database error has occurred"),
    "UNKNOWN_ERROR": (500, "TECHNICAL", "An unknown error has occurred"),
    "UNSUPPORTED_ERROR": (500, "BUSINESS", "Unsupported operation"),
    "FUNCTIONAL_ERROR": (400, "BUSINESS", "Business validation"),
    "ALREADY_DELETED_ERROR": (400, "BUSINESS", "Already deleted elements"),
    "MISSING_REFERENCE_ERROR": (404, "BUSINESS", "Element(s) not found"),
    "VALIDATION_ERROR": (500, "BUSINESS", "Validation error"),
    "RESOURCE_NOT_FOUND": (404, None, "Resource not found"),
    "LOCK_ERROR": (500, "BUSINESS", "Execution timeout, too many concurrent call on the same entities"),
    "DRAFT_LOCKED": (400, "BUSINESS", "Draft is in a locked state, no request can be done within this draft"),
    "WORK_NOT_ALIVE": (
        400,
        "BUSINESS",
        "Work is no longer alive, no request can be done within the context of this work",
    ),
}


class Refusal(Exception):
    def __init__(self, code, message=None, **data):
        status, genre, text = STATUS.get(code, (500, "TECHNICAL", code))
        super().__init__(message or text)
        self.code, self.message = code, message or text
        self.data = {"http_status": status}
        if genre:
            self.data["genre"] = genre
        self.data.update(data)

    def shape(self, locations=None, path=None):
        return shape(self.message, self.code, self.data, locations, path)


def shape(message, code, data=None, locations=None, path=None):
    error = {"message": message}
    if locations:
        error["locations"] = locations
    if path:
        error["path"] = path
    error["extensions"] = {"code": code}
    if data is not None:
        error["extensions"]["data"] = data
    error["name"] = code
    return error


def of_graphql(error, code):
    """The shape of an error found by graphql-core; code names what has no code of its own."""
    locations = [{"line": at.line, "column": at.column} for at in error.locations or ()]
    cause = error.original_error
    while getattr(cause, "original_error", None):
        cause = cause.original_error
    if isinstance(cause, Refusal):
        return cause.shape(locations, error.path)
    # The platform's own engine quotes names with double quotes.
    message = error.message.replace("'", '"')
    return shape(message, code, None, locations, error.path)
