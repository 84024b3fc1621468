// Beam's SDK announces each bundle there.
console.debug = () => undefined;
// Refused messages, which are many here, are logged there.
console.warn = () => undefined;
// Google's clients look for a metadata server otherwise, and complain where there is none.
process.env.METADATA_SERVER_DETECTION = 'none';
