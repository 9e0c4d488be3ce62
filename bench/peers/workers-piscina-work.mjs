// What Piscina's threads do.

export default (value) => value;
