#include "tls.h"

#include <errno.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

static bool is_inline(const char *pem)
{
	return strncmp(pem, "-----BEGIN", 10) == 0;
}

static bool pem_fail(const char *what, const char *pem, const char *why, struct fail *fail)
{
	return fail_set(
		fail, FAIL_USAGE, "%s %s: %s", what, is_inline(pem) ? "(inline)" : pem, why);
}

static BIO *pem_open(const char *what, const char *pem, struct fail *fail)
{
	errno = 0;
	BIO *bio = is_inline(pem) ? BIO_new_mem_buf(pem, -1) : BIO_new_file(pem, "r");
	if (!bio)
		pem_fail(what, pem, errno ? strerror(errno) : "cannot be read", fail);
	return bio;
}

static int give_passphrase(char *to, int size, int writing, void *passphrase)
{
	(void)writing;
	size_t len = passphrase ? strlen(passphrase) : 0;
	if (len == 0 || len > (size_t)size)
		return -1;
	memcpy(to, passphrase, len);
	return (int)len;
}

static bool trust(SSL_CTX *ctx, const char *ca, struct fail *fail)
{
	if (!ca) {
		if (SSL_CTX_set_default_verify_paths(ctx) == 1)
			return true;
		return fail_set(fail, FAIL_USAGE, "the system's authorities cannot be read");
	}
	BIO *bio = pem_open("broker CA", ca, fail);
	if (!bio)
		return false;
	size_t count = 0;
	for (X509 *cert; (cert = PEM_read_bio_X509(bio, NULL, NULL, NULL)); X509_free(cert))
		count += X509_STORE_add_cert(SSL_CTX_get_cert_store(ctx), cert) == 1;
	BIO_free(bio);
	return count > 0 || pem_fail("broker CA", ca, "no certificate in it", fail);
}

/* What introduces a client, or a server, as messages call it. */
struct names {
	const char *cert, *key;
};

static const struct names client = { "client certificate", "client key" },
			  server = { "server certificate", "server key" };

static bool introduce(SSL_CTX *ctx, const struct names *names, const char *cert,
	const char *key, const char *passphrase, struct fail *fail)
{
	BIO *bio = pem_open(names->cert, cert, fail);
	if (!bio)
		return false;
	size_t count = 0;
	for (X509 *link; (link = PEM_read_bio_X509(bio, NULL, NULL, NULL)); X509_free(link))
		count += (count ? SSL_CTX_add1_chain_cert(ctx, link)
				: SSL_CTX_use_certificate(ctx, link)) == 1;
	BIO_free(bio);
	if (count == 0)
		return pem_fail(names->cert, cert, "no certificate in it", fail);

	key = key ? key : cert;
	bio = pem_open(names->key, key, fail);
	if (!bio)
		return false;
	EVP_PKEY *private =
		PEM_read_bio_PrivateKey(bio, NULL, give_passphrase, (void *)passphrase);
	BIO_free(bio);
	if (!private)
		return pem_fail(names->key, key,
			passphrase ? "no key in it, or not this passphrase"
				   : "no key in it, or one with a passphrase",
			fail);
	bool ok = SSL_CTX_use_PrivateKey(ctx, private) == 1 &&
		SSL_CTX_check_private_key(ctx) == 1;
	EVP_PKEY_free(private);
	return ok || pem_fail(names->key, key, "does not belong to the certificate", fail);
}

static int note_distrust(int ok, X509_STORE_CTX *store)
{
	if (!ok) {
		SSL *ssl =
			X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
		long *distrust = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
		if (distrust)
			*distrust = X509_STORE_CTX_get_error(store);
	}
	return ok;
}

bool tls_setup(
	void *context, const struct tls_options *options, long *distrust, struct fail *fail)
{
	SSL_CTX *ctx = context;
	*distrust = 0;
	SSL_CTX_set_app_data(ctx, distrust);
	SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
	ERR_clear_error();
	if (options->verify) {
		SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, note_distrust);
		X509_VERIFY_PARAM *param = SSL_CTX_get0_param(ctx);
		if (X509_VERIFY_PARAM_set1_ip_asc(param, options->host) != 1 &&
			X509_VERIFY_PARAM_set1_host(param, options->host, 0) != 1)
			return fail_memory(fail);
		if (!trust(ctx, options->ca, fail))
			return false;
	} else {
		SSL_CTX_set_verify(ctx, SSL_VERIFY_NONE, NULL);
	}
	return !options->cert ||
		introduce(ctx, &client, options->cert, options->key, options->passphrase, fail);
}

/* Takes the text out of a BIO in memory. */
static void take_text(BIO *bio, struct buf *to)
{
	char *text;
	long len = BIO_get_mem_data(bio, &text);
	if (len > 0)
		buf_add(to, text, (size_t)len);
}

static bool print_pair(
	SSL_CTX *ctx, struct buf *cert_text, struct buf *key_text, struct fail *fail)
{
	STACK_OF(X509) *chain = NULL;
	SSL_CTX_get0_chain_certs(ctx, &chain);
	BIO *certs = BIO_new(BIO_s_mem()), *key = BIO_new(BIO_s_secmem());
	bool ok = certs && key &&
		PEM_write_bio_X509(certs, SSL_CTX_get0_certificate(ctx)) == 1 &&
		PEM_write_bio_PKCS8PrivateKey(
			key, SSL_CTX_get0_privatekey(ctx), NULL, NULL, 0, NULL, NULL) == 1;
	for (int i = 0; ok && i < sk_X509_num(chain); i++)
		ok = PEM_write_bio_X509(certs, sk_X509_value(chain, i)) == 1;
	if (ok) {
		take_text(certs, cert_text);
		take_text(key, key_text);
	}
	BIO_free(certs);
	BIO_free(key);
	return ok ? buf_ok(cert_text, fail) && buf_ok(key_text, fail) : fail_memory(fail);
}

bool tls_read_server(const char *cert, const char *key, const char *passphrase,
	struct buf *cert_text, struct buf *key_text, struct fail *fail)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	if (!ctx)
		return fail_memory(fail);
	ERR_clear_error();
	bool ok = introduce(ctx, &server, cert, key, passphrase, fail) &&
		print_pair(ctx, cert_text, key_text, fail);
	SSL_CTX_free(ctx);
	return ok;
}

void tls_forget(void *context)
{
	SSL_CTX *ctx = context;
	SSL_CTX_set_app_data(ctx, NULL);
}

const char *tls_distrust(long code)
{
	return X509_verify_cert_error_string(code);
}

const char *tls_error(void)
{
	unsigned long error = ERR_peek_last_error();
	if (ERR_GET_LIB(error) != ERR_LIB_SSL ||
		ERR_GET_REASON(error) == SSL_R_UNEXPECTED_EOF_WHILE_READING ||
		ERR_GET_REASON(error) == SSL_R_TLSV1_ALERT_INTERNAL_ERROR)
		return NULL;
	return ERR_reason_error_string(error);
}
