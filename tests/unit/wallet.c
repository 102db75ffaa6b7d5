#include "wallet.h"
#include "check.h"

static const struct {
	const char *text, *currency;
} cases[] = {
	{ "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "bitcoin" },
	{ "1111111111111111111114oLvT2", "bitcoin" },
	{ "3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy", "bitcoin" },
	{ "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", "bitcoin" },
	{ "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4", "bitcoin" },
	{ "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0", "bitcoin" },
	{ "LM2WMpR1Rp6j3Sa59cMXMs1SPzj9eXpGc1", "litecoin" },
	{ "DH5yaieqoZN36fDVciNyRueRGvGLR3mr7L", "dogecoin" },
	{ "t1Hsc1LR8yKnbbe3twRp88p6vFfC5t7DLbs", "zcash" },
	{ "TJRabPrwbZy45sbavfcjinPJC18kjpRTv8", "tron" },
	{ "rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh", "ripple" },
	{ "rrrrrrrrrrrrrrrrrrrrrhoLvTp", "ripple" },
	{ "0xde0B295669a9FD93d5F28D9Ec85E40f4cb697BAe", "ethereum" },
	{ "44AFFq5kSiGBoZ4NMDwYtN18obc8AemS33DBLWs3H7otXft3XjrpDtQGv7SqSsaBYBb98uNbr2VBBEt7f2wf"
	  "n3RVGQBEP3A",
		"monero" },

	{ "", NULL },
	{ "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb", NULL },
	{ "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfN", NULL },
	{ "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfN0", NULL },
	{ "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz", NULL },
	{ "1111111111111111111111111111111111", NULL },
	{ "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5", NULL },
	{ "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3T4", NULL },
	/* A later version with the checksum of version 0. */
	{ "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqh2y7hd", NULL },
	{ "0xde0B295669a9FD93d5F28D9Ec85E40f4cb697BA", NULL },
	{ "0xde0B295669a9FD93d5F28D9Ec85E40f4cb697BAg", NULL },
	{ "supercalifragilisticexpialido", NULL },
};

int main(void)
{
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		CHECK_TEXT(wallet_currency(cases[i].text, strlen(cases[i].text)),
			cases[i].currency);
	return check_end("wallet");
}
