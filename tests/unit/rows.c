#include "rows.h"
#include "check.h"

#include <unistd.h>

/* A feed of these bytes. */
static void open_feed(struct intake *intake, const char *text, size_t len)
{
	struct fail fail = { 0 };
	char name[] = "/tmp/octi-rows-XXXXXX";
	int fd = mkstemp(name);
	CHECK(fd >= 0 && write(fd, text, len) == (ssize_t)len);
	close(fd);
	CHECK(intake_open(intake, name, &fail));
	unlink(name);
	intake->name = "F";
}

/* All rows: "LINE:value|value;", with - for what is not there; and behind them the failure. */
static const char *read_bytes(enum rows_format format, const char *comment,
	const char *const *fields, const char *text, size_t len)
{
	static struct buf is;
	struct fail fail = { 0 };
	struct intake intake;
	struct row row;
	bool more = true;
	size_t count = 0;
	while (fields[count])
		count++;
	buf_clear(&is);
	struct rows *rows = rows_new(format, comment, fields, count, &fail);
	if (!rows) {
		buf_text(&is, fail_text(&fail));
		fail_clear(&fail);
		return buf_str(&is);
	}
	open_feed(&intake, text, len);
	while (rows_next(rows, &intake, &row, &more, &fail) && more) {
		buf_format(&is, "%zu:", row.line);
		for (size_t i = 0; i < count; i++) {
			buf_text(&is, i ? "|" : "");
			if (row.values[i].text)
				buf_add(&is, row.values[i].text, row.values[i].len);
			else
				buf_char(&is, '-');
		}
		buf_char(&is, ';');
	}
	if (fail.kind)
		buf_text(&is, fail_text(&fail));
	fail_clear(&fail);
	rows_free(rows);
	intake_close(&intake);
	return buf_str(&is);
}

static const char *read_rows(enum rows_format format, const char *comment,
	const char *const *fields, const char *text)
{
	return read_bytes(format, comment, fields, text, strlen(text));
}

#define FIELDS(...) ((const char *const[]){ __VA_ARGS__, NULL })

static void check_lines(void)
{
	const char *const *one = FIELDS("1");
	CHECK_TEXT(read_rows(ROWS_LINES, NULL, one, ""), "");
	CHECK_TEXT(read_rows(ROWS_LINES, NULL, one, "\n\r\n  \n"), "");
	CHECK_TEXT(read_rows(ROWS_LINES, NULL, one, "a\n\n b c \r\n\t d"), "1:a;3:b c;4:d;");
	CHECK_TEXT(read_rows(ROWS_LINES, NULL, one, "# a\n\"b\"\n"), "1:# a;2:\"b\";");
	CHECK_TEXT(read_rows(ROWS_LINES, "#", one, "# a\nb # c\nd#e\n #\nf\t#\n"),
		"2:b;3:d#e;5:f;");
	CHECK_TEXT(read_rows(ROWS_LINES, "//", one, "// a\nhttp://b // c\n"), "2:http://b;");
	CHECK_TEXT(read_rows(ROWS_LINES, NULL, one,
			   "\xef\xbb\xbf"
			   "a\n"),
		"1:a;");
	CHECK_TEXT(read_rows(ROWS_LINES, NULL, FIELDS("2"), "a\n"), "a line has no field: 2");
	CHECK_TEXT(read_rows(ROWS_LINES, NULL, FIELDS("ip"), "a\n"), "a line has no field: ip");
	CHECK(strlen(read_bytes(ROWS_LINES, NULL, one, "a\0b\n", 4)) == 3);
}

static void check_csv(void)
{
	const char *const *two = FIELDS("2");
	CHECK_TEXT(read_rows(ROWS_CSV, NULL, two, "a,b,c\r\nd,e\nf\n,,\n"), "1:b;2:e;3:-;4:;");
	CHECK_TEXT(read_rows(ROWS_CSV, NULL, two, "\"a\",\"b, \"\"c\"\"\nd\",e\nf,g"),
		"1:b, \"c\"\nd;3:g;");
	CHECK_TEXT(read_rows(ROWS_CSV, NULL, two, " \"a\", \"b\" , c\n"), "1:b;");
	CHECK_TEXT(read_rows(ROWS_CSV, NULL, two, "a, \" b \" \n"), "1: b ;");
	CHECK_TEXT(read_rows(ROWS_CSV, NULL, two, "a,\"b\"c,d\n"), "1:bc;");
	CHECK_TEXT(read_rows(ROWS_CSV, NULL, two, "a,b\"c\"d\n"), "1:b\"c\"d;");
	CHECK_TEXT(read_rows(ROWS_CSV, NULL, two, "a,\"\"\nb,\"\"\"\"\n"), "1:;2:\";");
	CHECK_TEXT(read_rows(ROWS_CSV, NULL, two, "a,b\n\nc,\"d\n\n\ne,f\n"),
		"1:b;F:3: quotes that are not closed");
	CHECK_TEXT(read_rows(ROWS_CSV, "#", two, "# a \"b, c\n#\na,#b\n"), "3:#b;");
	CHECK_TEXT(read_rows(ROWS_CSV, NULL, FIELDS("1", "3"), "a,b,c\n"), "1:a|c;");
	CHECK_TEXT(read_rows(ROWS_CSV, NULL, FIELDS("0"), "a\n"), "not a column: 0");
	CHECK_TEXT(read_rows(ROWS_CSV, NULL, FIELDS(""), "a\n"), "not a column: ");
}

static void check_header(void)
{
	const char *const *names = FIELDS("ip", "port");
	CHECK_TEXT(read_rows(ROWS_CSV, NULL, names, "port,\"ip\"\n80,a\n81,b\n"),
		"2:a|80;3:b|81;");
	CHECK_TEXT(read_rows(ROWS_CSV, "#", names, "# ip and port:\n# ip, \"port\"\n#\na,80\n"),
		"4:a|80;");
	CHECK_TEXT(read_rows(ROWS_CSV, "#", names, "#\nip,port\na,80\n"), "3:a|80;");
	CHECK_TEXT(read_rows(ROWS_CSV, NULL, names, "ip,Port\na,80\n"),
		"F:1: no column port in the header, which has: ip, Port");
	CHECK_TEXT(read_rows(ROWS_CSV, NULL, FIELDS("ip", "2"), "ip,port\na,80\n"), "2:a|80;");
	CHECK_TEXT(read_rows(ROWS_CSV, NULL, names, ""), "");
}

static void check_tsv(void)
{
	CHECK_TEXT(read_rows(ROWS_TSV, NULL, FIELDS("1", "2", "3"), "a\t\"b\tc d \r\n\te\n"),
		"1:a|\"b|c d;2:|e|-;");
	CHECK_TEXT(read_rows(ROWS_TSV, "#", FIELDS("b"), "#a\tb\n1\t2\n"), "2:2;");
}

static void check_json(void)
{
	const char *const *ip = FIELDS("ip", "/tags", "/a~1b/0");
	CHECK_TEXT(read_rows(ROWS_JSON, NULL, ip,
			   "{\"ip\":\"a\",\"tags\":[\"x\",\"y\"]}\n"
			   "{\"ip\":\"\\u0061\\n\",\"tags\":null,\"a/b\":[7]}"),
		"1:a|x,y|-;2:a\n|-|7;");
	CHECK_TEXT(read_rows(ROWS_JSON, NULL, ip,
			   "[ {\"ip\":\"a\"},\n\n{\"i\":1} , {\"ip\":true}]\n[]"),
		"1:a|-|-;3:-|-|-;3:true|-|-;");
	CHECK_TEXT(
		read_rows(ROWS_JSON, NULL, ip,
			"{\"n\":2,\"data\":{\"items\":[\n{\"ip\":\"a\"},\n{\"ip\":\"b\"}]}}"),
		"2:a|-|-;3:b|-|-;");
	CHECK_TEXT(read_rows(ROWS_JSON, NULL, ip,
			   "{\"1\":[{\"ip\":\"a\"}],\n\"2\":[{\"ip\":\"b\"}]}"),
		"1:a|-|-;2:b|-|-;");
	CHECK_TEXT(
		read_rows(ROWS_JSON, NULL, ip, "{\"1\":{\"ip\":\"a\"},\"2\":{\"ip\":\"b\"}}"),
		"1:a|-|-;1:b|-|-;");
	CHECK_TEXT(read_rows(ROWS_JSON, NULL, ip, "{\"n\":2}"), "1:-|-|-;");
	CHECK_TEXT(read_rows(ROWS_JSON, NULL, FIELDS(""), "[\"a\",[\"b\"],1]\"c\" 12"),
		"1:a;1:b;1:1;1:c;1:12;");
	CHECK_TEXT(read_rows(ROWS_JSON, NULL, FIELDS(""), "{\"ips\":[\"a\",\n\"b\"]}"),
		"1:a;2:b;");
	CHECK_TEXT(read_rows(ROWS_JSON, NULL, ip, "{\"ip\":\"a\"}\n\n{\"ip\" \"b\"}"),
		"1:a|-|-;F:3: not JSON: expected : after a key");
	CHECK_TEXT(read_rows(ROWS_JSON, NULL, FIELDS(""), "[\"a\"\n\"b\"]"),
		"1:a;F:2: not JSON: expected , or ]");
	CHECK_TEXT(read_rows(ROWS_JSON, NULL, FIELDS(""), "[\"a\","),
		"1:a;F:1: not JSON: the text ends too early");
	CHECK_TEXT(read_rows(ROWS_JSON, NULL, FIELDS(""), "[\"a\",]"),
		"1:a;F:1: not JSON: value expected");
	CHECK_TEXT(read_rows(ROWS_JSON, NULL, FIELDS("/a~2"), ""), "not a JSON pointer: /a~2");
}

/* Rows that do not fit into the window, whole and in pieces. */
static void check_long(void)
{
	struct buf text = { 0 }, wanted = { 0 };
	for (int i = 0; i < 200000; i++) {
		buf_format(&text, "%d,\"%d \"\"x\"\"\"\n", i, i * 7);
		if (i >= 199998)
			buf_format(&wanted, "%d:%d \"x\";", i + 1, i * 7);
	}
	const char *is = read_rows(ROWS_CSV, NULL, FIELDS("2"), buf_str(&text));
	CHECK_TEXT(is + strlen(is) - wanted.len, buf_str(&wanted));

	buf_clear(&text);
	buf_text(&text, "a,\"");
	for (int i = 0; i < 1 << 17; i++)
		buf_text(&text, "0123456789,\n");
	buf_text(&text, "\"\nb,c\n");
	is = read_rows(ROWS_CSV, NULL, FIELDS("2"), buf_str(&text));
	CHECK_TEXT(is + strlen(is) - 9, "131074:c;");
	CHECK(strlen(is) > 1 << 20);

	buf_clear(&text);
	buf_char(&text, '[');
	for (int i = 0; i < 100000; i++)
		buf_format(&text, "%s{\"ip\":\"%d\",\n\"n\":%d}", i ? "," : "", i, i);
	buf_char(&text, ']');
	is = read_rows(ROWS_JSON, NULL, FIELDS("n", "ip"), buf_str(&text));
	CHECK_TEXT(is + strlen(is) - 19, "100000:99999|99999;");

	buf_clear(&text);
	for (int i = 0; i < (17 << 20) / 16; i++)
		buf_text(&text, "0123456789abcdef");
	CHECK_TEXT(read_rows(ROWS_LINES, NULL, FIELDS("1"), buf_str(&text)),
		"F:1: a row of more than 16 MiB");
	buf_release(&text);
	buf_release(&wanted);
}

static void check_marks(void)
{
	struct fail fail = { 0 };
	struct intake intake;
	CHECK(!intake_open(&intake, "/nonexistent", &fail));
	CHECK_FAIL(&fail, FAIL_NO, "/nonexistent: No such file or directory");
	char name[] = "/tmp/octi-rows-XXXXXX";
	int fd = mkstemp(name);
	CHECK(fd >= 0 &&
		write(fd,
			"\xff\xfe"
			"a\0",
			4) == 4);
	CHECK(!intake_open(&intake, name, &fail));
	CHECK(strstr(fail_text(&fail), ": is UTF-16; iconv -f UTF-16 -t UTF-8 helps") != NULL);
	fail_clear(&fail);
	close(fd);
	unlink(name);
}

int main(void)
{
	enum rows_format format;
	CHECK(rows_format_named("tsv", &format) && format == ROWS_TSV);
	CHECK(!rows_format_named("xml", &format));
	check_lines();
	check_csv();
	check_header();
	check_tsv();
	check_json();
	check_long();
	check_marks();
	return check_end("rows");
}
