#include "tls.h"

#include "clock.h"

#include <errno.h>
#include <string.h>
#include <arpa/inet.h>
#include <poll.h>
#include <sys/stat.h>

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

static bool trust(SSL_CTX *ctx, const char *what, const char *ca, struct fail *fail)
{
	if (!ca) {
		if (SSL_CTX_set_default_verify_paths(ctx) == 1)
			return true;
		return fail_set(fail, FAIL_USAGE, "the system's authorities cannot be read");
	}
	struct stat st;
	if (!is_inline(ca) && !stat(ca, &st) && S_ISDIR(st.st_mode))
		return SSL_CTX_load_verify_locations(ctx, NULL, ca) == 1 ||
			pem_fail(what, ca, "cannot be read", fail);
	BIO *bio = pem_open(what, ca, fail);
	if (!bio)
		return false;
	size_t count = 0;
	for (X509 *cert; (cert = PEM_read_bio_X509(bio, NULL, NULL, NULL)); X509_free(cert))
		count += X509_STORE_add_cert(SSL_CTX_get_cert_store(ctx), cert) == 1;
	BIO_free(bio);
	return count > 0 || pem_fail(what, ca, "no certificate in it", fail);
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

/* ca: what the authorities are called. */
static bool setup(SSL_CTX *ctx, const struct tls_options *options, const char *ca,
	long *distrust, struct fail *fail)
{
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
		if (!trust(ctx, ca, options->ca, fail))
			return false;
	} else {
		SSL_CTX_set_verify(ctx, SSL_VERIFY_NONE, NULL);
	}
	return !options->cert ||
		introduce(ctx, &client, options->cert, options->key, options->passphrase, fail);
}

bool tls_setup(
	void *context, const struct tls_options *options, long *distrust, struct fail *fail)
{
	return setup(context, options, "broker CA", distrust, fail);
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

/* ---- looking at who answers ---- */

static int note_all(int ok, X509_STORE_CTX *store)
{
	SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
	struct tls_peer *peer = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
	int code = X509_STORE_CTX_get_error(store);
	const char *why = X509_verify_cert_error_string(code);
	if (ok)
		return 1;
	peer->self_signed = peer->self_signed || code == X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT;
	peer->expired = peer->expired || code == X509_V_ERR_CERT_HAS_EXPIRED ||
		code == X509_V_ERR_CERT_NOT_YET_VALID;
	peer->misnamed = peer->misnamed || code == X509_V_ERR_HOSTNAME_MISMATCH ||
		code == X509_V_ERR_IP_ADDRESS_MISMATCH;
	/* of a chain that is not whole the same is said in several ways */
	bool follows = code == X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE ||
		code == X509_V_ERR_CERT_UNTRUSTED;
	if (!(follows && peer->distrust.len))
		buf_format(&peer->distrust, "%s%s", peer->distrust.len ? ", " : "", why);
	return 1;
}

static void print_name(X509_NAME *name, struct buf *to)
{
	BIO *bio = BIO_new(BIO_s_mem());
	if (bio && X509_NAME_print_ex(bio, name, 0, XN_FLAG_ONELINE & ~XN_FLAG_SPC_EQ) >= 0)
		take_text(bio, to);
	BIO_free(bio);
}

static void print_names(X509 *cert, struct buf *to)
{
	GENERAL_NAMES *names = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		int type;
		char text[INET6_ADDRSTRLEN] = "";
		const ASN1_STRING *value =
			GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names, i), &type);
		if (type != GEN_DNS && type != GEN_IPADD)
			continue;
		const unsigned char *bytes = ASN1_STRING_get0_data(value);
		int len = ASN1_STRING_length(value);
		buf_text(to, to->len ? ", " : "");
		if (type == GEN_DNS)
			buf_add(to, bytes, (size_t)len);
		else if (inet_ntop(len == 4 ? AF_INET : AF_INET6, bytes, text, sizeof text))
			buf_text(to, text);
	}
	GENERAL_NAMES_free(names);
}

static time_t end_of(const X509 *cert, time_t now)
{
	int days = 0, seconds = 0;
	ASN1_TIME_diff(&days, &seconds, NULL, X509_get0_notAfter(cert));
	return now + (time_t)days * 86400 + seconds;
}

static bool describe(SSL *ssl, struct tls_peer *peer, struct fail *fail)
{
	time_t now = time(NULL);
	STACK_OF(X509) *chain = SSL_get_peer_cert_chain(ssl);
	X509 *cert = SSL_get0_peer_certificate(ssl);
	if (!cert)
		return fail_set(fail, FAIL_NO, "it shows no certificate");
	print_name(X509_get_subject_name(cert), &peer->subject);
	print_name(X509_get_issuer_name(cert), &peer->issuer);
	print_names(cert, &peer->names);
	peer->until = end_of(cert, now);
	for (int i = 0; i < sk_X509_num(chain); i++) {
		time_t until = end_of(sk_X509_value(chain, i), now);
		peer->until = until < peer->until ? until : peer->until;
	}
	peer->protocol = SSL_get_version(ssl);
	return buf_ok(&peer->subject, fail) && buf_ok(&peer->issuer, fail) &&
		buf_ok(&peer->names, fail) && buf_ok(&peer->distrust, fail);
}

static bool greet(SSL *ssl, int fd, double deadline, struct fail *fail)
{
	for (;;) {
		ERR_clear_error();
		int done = SSL_connect(ssl), want = SSL_get_error(ssl, done);
		if (done == 1)
			return true;
		if (want != SSL_ERROR_WANT_READ && want != SSL_ERROR_WANT_WRITE)
			return tls_error() ? fail_set(fail, FAIL_NO, "%s", tls_error())
					   : fail_set(fail, FAIL_RETRY, "it hung up");
		struct pollfd wait = { .fd = fd,
			.events = want == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT };
		if (poll(&wait, 1, clock_milliseconds(deadline - clock_now())) == 0)
			return fail_set(fail, FAIL_RETRY, "no answer in time");
	}
}

bool tls_look(int fd, const struct tls_options *options, double deadline, struct tls_peer *peer,
	struct fail *fail)
{
	struct tls_options checked = *options;
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	SSL *ssl = NULL;
	long unused;
	unsigned char address[16];
	bool numeric = inet_pton(AF_INET, options->host, address) == 1 ||
		inet_pton(AF_INET6, options->host, address) == 1;
	checked.verify = true;
	bool ok = ctx && setup(ctx, &checked, "CA", &unused, fail);
	if (ok) {
		SSL_CTX_set_app_data(ctx, peer);
		SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, note_all);
		ssl = SSL_new(ctx);
		ok = ssl && SSL_set_fd(ssl, fd) == 1 &&
			(numeric || SSL_set_tlsext_host_name(ssl, options->host) == 1);
	}
	if (!ok && !fail->kind)
		fail_memory(fail);
	ok = ok && greet(ssl, fd, deadline, fail) && describe(ssl, peer, fail);
	SSL_free(ssl);
	SSL_CTX_free(ctx);
	return ok;
}

void tls_peer_release(struct tls_peer *peer)
{
	buf_release(&peer->subject);
	buf_release(&peer->issuer);
	buf_release(&peer->names);
	buf_release(&peer->distrust);
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
