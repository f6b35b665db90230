/* csv: RFC 4180 text to a table. Pure: the text is in memory, faults go into a verdict. Accepted:
 * LF, CRLF and CR as line ends, mixed; a UTF-8 byte order mark; quotes; line ends in quotes; empty
 * lines (they hold nothing). Refused, never repaired: UTF-16, bytes that are no UTF-8 (unless the
 * source says latin-1), NUL, a quote that is not closed or stands inside a bare cell, rows with
 * more or fewer cells than the header, a header that is missing, empty or names a column twice,
 * cells over 1 MiB. Codes: csv_utf16 csv_utf8_invalid csv_nul csv_quote_unclosed csv_quote_stray
 * csv_ragged csv_header_missing csv_header_empty csv_header_duplicate csv_cell_too_big. */
#ifndef CLI_CSV_H
#define CLI_CSV_H

#include "services/cli/verdict.h"

enum { CSV_CELL_SIZE_MAX = 1024 * 1024, CSV_COLUMN_COUNT_MAX = 1000 };

struct csv_options {
    char delimiter; /* 0 = ',' */
    bool latin_1;   /* the bytes are ISO 8859-1 */
};

struct csv {
    struct str *header;
    size_t column_count;
    struct str *cells; /* row after row, column_count each */
    size_t *lines;     /* of each row: where it begins in the file, from 1 */
    size_t row_count;
};

/* Cells are views into `text` or the arena. False: *v has grown; what could be read is in *out. */
bool csv_read(struct str file, struct str text, const struct csv_options *options, struct csv *out,
              struct verdict *v) MUST_CHECK;

/* -1: no such column. */
int csv_column(const struct csv *t, struct str name);

#endif
