/* systems: reading the file, verifying and making signatures. */
#include "common/systems.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/digest.h"

enum { SYSTEM_COUNT_MAX = 256, KEY_SIZE_LEAST = 16, SYSTEM_KEY_SIZE_MAX = 64 };

struct system_row {
    char id[64];
    uint8_t key[SYSTEM_KEY_SIZE_MAX];
    size_t key_size;
    unsigned rights;
};

struct systems {
    struct system_row rows[SYSTEM_COUNT_MAX];
    size_t count;
};

static bool rights_read(char *text, const struct right_name *table, unsigned *out, struct err *e)
{
    char *save = NULL;
    for (char *name = strtok_r(text, ",", &save); name; name = strtok_r(NULL, ",", &save)) {
        bool known = strcmp(name, "all") == 0;
        for (size_t i = 0; table && table[i].name; i++) {
            if (strcmp(name, "all") != 0 && strcmp(name, table[i].name) != 0)
                continue;
            *out |= table[i].bit;
            known = true;
        }
        if (!known)
            return err_set(e, ERR_FATAL, "unknown right %s", name);
    }
    return true;
}

static bool line_read(char *line, const struct right_name *table, struct systems *s, struct err *e)
{
    char *save = NULL;
    char *id = strtok_r(line, " \t", &save), *key = strtok_r(NULL, " \t", &save);
    char *rights = strtok_r(NULL, " \t", &save);
    if (!id || id[0] == '#')
        return true;
    if (!key)
        return err_set(e, ERR_FATAL, "a system without a key");
    if (s->count == SYSTEM_COUNT_MAX)
        return err_set(e, ERR_FATAL, "more than %d systems", (int)SYSTEM_COUNT_MAX);
    struct system_row *row = &s->rows[s->count];
    size_t size = strlen(key) / 2;
    if (strlen(id) >= sizeof row->id || size < KEY_SIZE_LEAST || size > SYSTEM_KEY_SIZE_MAX ||
        !hex_read(str_of(key), row->key, size))
        return err_set(e, ERR_FATAL, "wanted: id (to 63 bytes), key in hex (16 to 64 bytes)");
    snprintf(row->id, sizeof row->id, "%s", id);
    row->key_size = size;
    s->count++;
    return !rights || rights_read(rights, table, &row->rights, e);
}

struct systems *systems_load(const char *path, const struct right_name *rights, struct err *e)
{
    struct systems *s = calloc(1, sizeof *s);
    assert(s);
    if (!path || !*path)
        return s;
    FILE *f = fopen(path, "re");
    char line[1024];
    bool ok = f || err_set(e, ERR_FATAL, "systems file %s: %s", path, strerror(errno));
    for (int number = 1; ok && fgets(line, sizeof line, f); number++) {
        line[strcspn(line, "\r\n")] = 0;
        ok = line_read(line, rights, s, e) ||
             err_in(e, "in line %d of the systems file %s", number, path);
    }
    if (f)
        fclose(f);
    if (ok)
        return s;
    free(s);
    return NULL;
}

void systems_free(struct systems *s)
{
    if (s)
        memset(s, 0, sizeof *s);
    free(s);
}

static struct sha256 signature(struct str key, const struct str parts[3])
{
    struct str all[] = {parts[0], STR("\n"), parts[1], STR("\n"), parts[2]};
    return hmac_sha256(key, all, ARRAY_LEN(all));
}

enum auth systems_verify(const struct systems *s, struct str text, const struct str signed_parts[3],
                         struct str *id, unsigned *rights)
{
    if (!str_present(text))
        return AUTH_NONE;
    const char *space = text.size ? memchr(text.at, ' ', text.size) : NULL;
    struct sha256 given;
    if (!space)
        return AUTH_WRONG;
    struct str name = {text.at, (size_t)(space - text.at)};
    struct str hex = {space + 1, text.size - name.size - 1};
    if (!sha256_from_hex(hex, &given))
        return AUTH_WRONG;
    for (size_t i = 0; i < s->count; i++) {
        const struct system_row *row = &s->rows[i];
        if (!str_is(name, row->id))
            continue;
        struct sha256 wanted =
            signature((struct str){(const char *)row->key, row->key_size}, signed_parts);
        if (!sha256_equal(&given, &wanted))
            return AUTH_WRONG;
        *id = str_of(row->id);
        *rights = row->rights;
        return AUTH_GOOD;
    }
    return AUTH_WRONG;
}

struct str auth_header(struct arena *a, struct str id, struct str key,
                       const struct str signed_parts[3])
{
    struct sha256 mac = signature(key, signed_parts);
    struct str hex = sha256_hex(a, &mac);
    return arena_printf(a, "%.*s %.*s", STR_ARG(id), STR_ARG(hex));
}
