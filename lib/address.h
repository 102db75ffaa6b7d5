/* address: IPv4 and IPv6 addresses and networks. */
#ifndef OCTI_ADDRESS_H
#define OCTI_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>

struct address {
	unsigned char bytes[16]; /* the first four of IPv4 */
	bool is_v6;
	int prefix; /* of a network, -1 of an address */
};

/*
 * Reads a dotted quad (four decimal numbers without leading zeros) or IPv6 (RFC 4291), with or
 * without "/PREFIX". False when the text is neither.
 */
bool address_read(const char *text, size_t len, struct address *address);

/*
 * Whether it is, or lies whole within, what is not routed in the Internet: private, loopback,
 * link-local, shared, documentation, benchmarking, multicast and reserved networks (IANA's registries
 * of special-purpose addresses), IPv6 outside of 2000::/3 and 64:ff9b::/96; or it is all addresses (/0). An
 * IPv4 address within IPv6 (::ffff:10.0.0.1) is looked at as what it is.
 */
bool address_is_bogon(const struct address *address);

#endif
