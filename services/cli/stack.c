/* stack: where the broker and the services are, and the key that commands are signed with. Flags
 * win over the environment, the environment over stack.env. */
#include "common/digest.h"
#include "common/limits.h"
#include "services/cli/cli.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ENV_SIZE_MAX = 64 * 1024, HMAC_KEY_SIZE_MAX = 64, PARTITIONS_INITIAL = 4 };

const char *const service_names[SERVICE_COUNT] = {"catalog", "pricing", "approvals", "orders",
                                                  "notifications"};

int service_index(const char *service)
{
    for (int i = 0; i < SERVICE_COUNT; i++)
        if (strcmp(service_names[i], service) == 0)
            return i;
    return -1;
}

/* The value of KEY=VALUE or KEY="VALUE" in a file's text; STR_NONE when it is not there. */
static struct str env_value(struct str text, const char *key)
{
    size_t key_size = strlen(key);
    const char *at = text.at, *end = text.at + text.size;
    while (at < end) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        stop = stop != NULL ? stop : end;
        size_t size = (size_t)(stop - at);
        if (size > key_size && strncmp(at, key, key_size) == 0 && at[key_size] == '=') {
            struct str value = {at + key_size + 1, size - key_size - 1};
            bool quoted = value.size >= 2 && value.at[0] == '"' && stop[-1] == '"';
            return quoted ? (struct str){value.at + 1, value.size - 2} : value;
        }
        at = stop + 1;
    }
    return STR_NONE;
}

struct source {
    const struct cli *c;
    struct str file; /* text of stack.env */
};

static struct str setting(const struct source *s, const char *flag, const char *key)
{
    struct str value = flag != NULL ? args_value(&s->c->args, flag) : STR_NONE;
    if (str_present(value))
        return value;
    const char *environment = getenv(key);
    if (environment != NULL && environment[0] != '\0')
        return str_of(environment);
    return s->file.at != NULL ? env_value(s->file, key) : STR_NONE;
}

/* --http orders=127.0.0.1:8081, as often as one likes. */
static struct str http_flag(const struct cli *c, const char *service)
{
    struct str value, found = STR_NONE;
    size_t size = strlen(service);
    for (size_t n = 0; str_present(value = args_nth(&c->args, "http", n)); n++)
        if (value.size > size && strncmp(value.at, service, size) == 0 && value.at[size] == '=')
            found = (struct str){value.at + size + 1, value.size - size - 1};
    return found;
}

static struct str http_address(const struct source *s, const char *service)
{
    struct str flag = http_flag(s->c, service);
    if (str_present(flag))
        return flag;
    char *key = arena_cstr(s->c->arena, arena_printf(s->c->arena, "BATUTA_HTTP_%s", service));
    for (char *at = key; *at != '\0'; at++)
        *at = (char)toupper((unsigned char)*at);
    return setting(s, NULL, key);
}

/* Where stack.env is: --stack-env, $BATUTA_STACK, build/stack below here or above the program. */
static struct str stack_file(struct cli *c)
{
    struct str flag = args_value(&c->args, "stack-env");
    if (str_present(flag))
        return flag;
    const char *folder = getenv("BATUTA_STACK");
    if (folder != NULL && folder[0] != '\0')
        return arena_printf(c->arena, "%s/stack.env", folder);
    return STR("build/stack/stack.env");
}

static struct str folder_of(struct arena *a, struct str path)
{
    size_t size = path.size;
    while (size > 0 && path.at[size - 1] != '/')
        size--;
    return size == 0 ? STR(".") : arena_str(a, (struct str){path.at, size > 1 ? size - 1 : 1});
}

/* "operator <hex>": who signs, and its key. */
static bool key_read(struct cli *c, struct str path, struct err *e)
{
    struct str text;
    if (!file_read(c->arena, path.at, ENV_SIZE_MAX, &text, e))
        return false;
    const char *space = memchr(text.at, ' ', text.size);
    if (space == NULL)
        return err_set(e, ERR_FATAL, "%s holds no \"system key\" line", path.at);
    const char *end = text.at + text.size;
    while (end > space && isspace((unsigned char)end[-1]))
        end--;
    size_t hex_size = end > space ? (size_t)(end - space - 1) : 0;
    uint8_t *key = arena_alloc(c->arena, HMAC_KEY_SIZE_MAX);
    if (hex_size < 2 || hex_size > (size_t)2 * HMAC_KEY_SIZE_MAX ||
        !hex_read((struct str){space + 1, hex_size}, key, hex_size / 2))
        return err_set(e, ERR_FATAL, "the key in %s is not hexadecimal", path.at);
    c->stack.system = (struct str){text.at, (size_t)(space - text.at)};
    c->stack.key = (struct str){(const char *)key, hex_size / 2};
    return true;
}

static bool key_find(struct cli *c, const struct source *s, struct err *e)
{
    struct str path = setting(s, "key-file", "BATUTA_KEY_FILE");
    if (!str_present(path) && !str_blank(c->stack.folder)) {
        path = arena_printf(c->arena, "%s/operator.key", c->stack.folder.at);
        if (access(path.at, R_OK) != 0)
            return true;
    }
    return !str_present(path) || key_read(c, arena_str(c->arena, path), e);
}

bool stack_read(struct cli *c, struct err *e)
{
    struct source s = {.c = c};
    struct str path = stack_file(c);
    c->stack.folder = STR("");
    if (access(arena_cstr(c->arena, path), R_OK) == 0) {
        if (!file_read(c->arena, arena_cstr(c->arena, path), ENV_SIZE_MAX, &s.file, e))
            return false;
        c->stack.folder = folder_of(c->arena, path);
    } else if (args_has(&c->args, "stack-env")) {
        return err_set(e, ERR_FATAL, "cannot read %.*s", STR_ARG(path));
    }
    c->stack.brokers = setting(&s, "brokers", "BATUTA_BROKERS");
    c->stack.postgres = setting(&s, NULL, "BATUTA_POSTGRES");
    for (int i = 0; i < SERVICE_COUNT; i++)
        c->stack.http[i] = http_address(&s, service_names[i]);
    struct str partitions = setting(&s, "partitions", "BATUTA_PARTITIONS");
    c->stack.partition_count = PARTITIONS_INITIAL;
    if (str_present(partitions) &&
        (!str_to_int64(partitions, &c->stack.partition_count) || c->stack.partition_count < 1 ||
         c->stack.partition_count > PARTITION_COUNT_MAX))
        return err_set(e, ERR_FATAL, "partitions is \"%.*s\", wanted 1 to %d", STR_ARG(partitions),
                       PARTITION_COUNT_MAX);
    return key_find(c, &s, e);
}
