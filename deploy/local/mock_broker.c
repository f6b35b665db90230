/* mock_broker: librdkafka's own mock cluster as a process, for machines where no Java can be had.
 * It keeps nothing: with the process go all messages; and it holds only the last 5 MB a partition.
 * usage: mock-broker --partitions N --ready FILE   (FILE gets the address once it listens) */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include "proto/topics.h"

enum { EXIT_BAD_USAGE = 100, PARTITION_COUNT_MAX = 64 };

struct arguments {
    int partition_count;
    const char *ready_file;
};

static bool arguments_read(int argc, char **argv, struct arguments *out)
{
    for (int i = 1; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--partitions") == 0)
            out->partition_count = (int)strtol(argv[i + 1], NULL, 10);
        else if (strcmp(argv[i], "--ready") == 0)
            out->ready_file = argv[i + 1];
    }
    return argc % 2 == 1 && out->ready_file && out->partition_count > 0 &&
           out->partition_count <= PARTITION_COUNT_MAX;
}

/* The mock has no CreateTopics request, so the table of topics is applied here. Topics of a partner
 * (their names hold a %s) come into being when first asked for. */
static bool topics_create(rd_kafka_mock_cluster_t *cluster, int partition_count)
{
    for (const struct topic *const *t = topics; *t; t++) {
        if (strchr((*t)->name, '%'))
            continue;
        int count = (*t)->partition_count ? (*t)->partition_count : partition_count;
        rd_kafka_resp_err_t code = rd_kafka_mock_topic_create(cluster, (*t)->name, count, 1);
        if (code) {
            fprintf(stderr, "mock-broker: %s: %s\n", (*t)->name, rd_kafka_err2str(code));
            return false;
        }
    }
    return true;
}

static bool address_tell(const rd_kafka_mock_cluster_t *cluster, const char *file)
{
    const char *address = rd_kafka_mock_cluster_bootstraps(cluster);
    FILE *out = fopen(file, "w");
    if (!out) {
        fprintf(stderr, "mock-broker: %s: %s\n", file, strerror(errno));
        return false;
    }
    fprintf(out, "%s\n", address);
    bool written = fclose(out) == 0;
    printf("mock-broker: listens on %s, keeps nothing\n", address);
    fflush(stdout);
    return written;
}

int main(int argc, char **argv)
{
    struct arguments arguments = {0};
    if (!arguments_read(argc, argv, &arguments)) {
        fprintf(stderr, "usage: mock-broker --partitions 1..%d --ready FILE\n",
                PARTITION_COUNT_MAX);
        return EXIT_BAD_USAGE;
    }
    /* Blocked before librdkafka makes its threads, so that only sigwait() takes them. */
    sigset_t stop;
    sigemptyset(&stop);
    sigaddset(&stop, SIGTERM);
    sigaddset(&stop, SIGINT);
    pthread_sigmask(SIG_BLOCK, &stop, NULL);

    char text[512];
    rd_kafka_t *client = rd_kafka_new(RD_KAFKA_PRODUCER, rd_kafka_conf_new(), text, sizeof text);
    rd_kafka_mock_cluster_t *cluster = client ? rd_kafka_mock_cluster_new(client, 1) : NULL;
    if (!cluster) {
        fprintf(stderr, "mock-broker: cannot start: %s\n", client ? "no cluster" : text);
        return EXIT_FAILURE;
    }
    bool up = topics_create(cluster, arguments.partition_count) &&
              address_tell(cluster, arguments.ready_file);
    int signal_number = 0;
    if (up)
        sigwait(&stop, &signal_number);
    rd_kafka_mock_cluster_destroy(cluster);
    rd_kafka_destroy(client);
    return up ? EXIT_SUCCESS : EXIT_FAILURE;
}
