/* wallet: addresses of cryptocurrencies. */
#ifndef OCTI_WALLET_H
#define OCTI_WALLET_H

#include <stdbool.h>
#include <stddef.h>

/*
 * The currency of an address ("bitcoin", static), NULL when it is none. Checksums are checked:
 * of base58 (Bitcoin, Litecoin, Dogecoin, Dash, Zcash, Tron, Ripple) and of bech32 and bech32m (bc1, ltc1).
 * Those of Ethereum (0x and 40 hexadecimal digits) and of Monero (95 characters) are known by
 * their shape alone.
 */
const char *wallet_currency(const char *text, size_t len);

#endif
