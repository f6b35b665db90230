/* fuzz csv: the first line holds the delimiter, and an l for latin-1; the rest is the file. */
#include "services/cli/csv.h"
#include "tests/fuzz/targets/target.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a = {0};
    struct str rest = {(const char *)data, size}, first = target_line(&rest);
    struct verdict *v = arena_new(&a, struct verdict);
    struct csv table = {0};
    struct csv_options o = {.delimiter = first.size ? first.at[0] : 0,
                            .latin_1 = first.size > 1 && first.at[1] == 'l'};
    v->arena = &a;
    bool good = csv_read(STR("file"), rest, &o, &table, v);
    HOLDS(good == (v->count == 0));
    for (size_t i = 0; good && i < table.row_count * table.column_count; i++)
        HOLDS(table.cells[i].size <= CSV_CELL_SIZE_MAX);
    for (size_t i = 0; good && i < table.column_count; i++)
        HOLDS(csv_column(&table, table.header[i]) == (int)i);
    arena_release(&a);
    return 0;
}
