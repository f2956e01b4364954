/** Some public key: whole, and nobody's who signs anything. */
export const publicKey =
    "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmDMEawmz5xYJKwYBBAHaRw8BAQdAKqAYVf7KzJs//rYhuIwwxJc+IttphDoRWB3OEleEt0a0JVBhY2thZ2VzIDxwYWNrYWdlc0BwdWJsaXNoZXIuZXhhbXBsZT6IkAQTFggAOBYhBEimPLDk6I29KkLmkdgbchqjDOmABQJrCbPnAhsDBQsJCAcCBhUKCQgLAgQWAgMBAh4BAheAAAoJENgbchqjDOmATk4BAMen1bDHHI9XgHyj0CV0Vj4/j/5pCCU0aLFYmtnmlEHOAQCI3DdO/whXmCkemXrOUAlBnkp3oqDpD/HYqXSVmZQfCg==\n-----END PGP PUBLIC KEY BLOCK-----\n";
