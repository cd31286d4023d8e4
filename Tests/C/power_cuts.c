/* SQLite on the simulated disk, cut off at random calls, under the address, undefined-behaviour and
 * thread sanitizers: `make sanitize`.
 *
 * Rows that were committed with synchronous=FULL must survive every cut; with NORMAL some must go,
 * or the cuts are none. */

#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "CSimulatedDisk.h"

enum { LIVES = 4, MOST_ROWS = 100 };

static uint64_t mix(uint64_t *state) {
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return *state >> 33;
}

/* NULL when the disk stopped meanwhile. */
static sqlite3 *open_database(simulated_disk *disk, const char *synchronous) {
    char path[64], pragma[64];
    snprintf(
        path, sizeof path, SIMULATED_PREFIX "%llu/test.db",
        (unsigned long long)simulated_disk_number(disk));
    snprintf(pragma, sizeof pragma, "PRAGMA synchronous=%s", synchronous);
    sqlite3 *database = NULL;
    int code = sqlite3_open(path, &database);
    const char *statements[] = {
        "PRAGMA journal_mode=WAL", pragma, "PRAGMA wal_autocheckpoint=20", "PRAGMA cache_size=20",
        "CREATE TABLE IF NOT EXISTS t (value INTEGER PRIMARY KEY, filler BLOB)"};
    for (size_t i = 0; code == SQLITE_OK && i < sizeof statements / sizeof *statements; i++) {
        code = sqlite3_exec(database, statements[i], NULL, NULL, NULL);
    }
    if (code == SQLITE_OK) return database;
    if (!simulated_disk_is_stopped(disk)) {
        fprintf(stderr, "opening failed: %s\n", sqlite3_errmsg(database));
        exit(1);
    }
    sqlite3_close(database);
    return NULL;
}

static bool holds(sqlite3 *database, int value) {
    char query[64];
    snprintf(query, sizeof query, "SELECT 1 FROM t WHERE value = %d", value);
    sqlite3_stmt *statement;
    if (sqlite3_prepare_v2(database, query, -1, &statement, NULL) != SQLITE_OK) return false;
    bool found = sqlite3_step(statement) == SQLITE_ROW;
    sqlite3_finalize(statement);
    return found;
}

/* Rows that were committed and are gone. */
static long lost_in_round(uint64_t seed, const char *synchronous) {
    simulated_disk *empty = simulated_disk_create(), *disk = simulated_disk_clone(empty);
    simulated_disk_free(empty);
    simulated_disk_set_power_safe_overwrite(disk, seed % 2);
    uint64_t chance = seed;
    int committed[LIVES * MOST_ROWS], count = 0, next = 0;
    long lost = 0;
    for (int life = 0; life <= LIVES; life++) {
        sqlite3 *database = open_database(disk, synchronous);
        for (int i = 0; database && i < count; i++) lost += !holds(database, committed[i]);
        if (life == LIVES || lost) {
            sqlite3_close(database);
            break;
        }
        simulated_disk_arm(disk, SIMULATED_STOP, ~0u, 1 + mix(&chance) % 300, false);
        for (int row = 0; row < MOST_ROWS; row++) {
            char insert[96];
            snprintf(
                insert, sizeof insert, "INSERT INTO t VALUES (%d, randomblob(%d))", ++next,
                (int)(mix(&chance) % 3000));
            if (sqlite3_exec(database, insert, NULL, NULL, NULL) != SQLITE_OK) break;
            committed[count++] = next;
        }
        enum simulated_survival survival =
            mix(&chance) % 4 ? SIMULATED_SOME_UNSYNCED : SIMULATED_ONLY_SYNCED;
        simulated_disk_restart(disk, survival, mix(&chance));
        sqlite3_close(database);
    }
    simulated_disk_free(disk);
    return lost;
}

struct work {
    uint64_t first;
    long rounds, lost, lost_without_sync;
};

static void *work(void *argument) {
    struct work *work = argument;
    for (long round = 0; round < work->rounds; round++) {
        work->lost += lost_in_round(work->first + (uint64_t)round, "FULL");
        work->lost_without_sync += lost_in_round(work->first + (uint64_t)round, "NORMAL");
    }
    return NULL;
}

int main(int count, char **arguments) {
    long rounds = count > 1 ? atol(arguments[1]) : 100;
    struct work halves[2] = {{.first = 1, .rounds = rounds}, {.first = 1000001, .rounds = rounds}};
    pthread_t threads[2];
    for (int i = 0; i < 2; i++) pthread_create(&threads[i], NULL, work, &halves[i]);
    for (int i = 0; i < 2; i++) pthread_join(threads[i], NULL);
    long lost = halves[0].lost + halves[1].lost;
    long control = halves[0].lost_without_sync + halves[1].lost_without_sync;
    printf(
        "%ld rounds of %d cuts: %ld committed rows lost with FULL, %ld with NORMAL\n", rounds * 2,
        LIVES, lost, control);
    return lost != 0 || control == 0;
}
