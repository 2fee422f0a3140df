/** The time zone of the service, and of the markets of the United States by default. */
export const NEW_YORK = "America/New_York";
