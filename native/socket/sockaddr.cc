// Conversions between struct sockaddr_* and the neutral layout.
