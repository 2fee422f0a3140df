/** The folder inside a mirror in which it keeps what it knows. */
export const STATE_FOLDER = ".flatbed";
