/* Groups, replicas and clocks for restore.pml: what is held, and what a peer lacks (Protocol/clock.md). */
#define HQ 0
#define OFFICE 1
#define CLONE 2
#define REPLICAS (2 + CLONES)
#define GROUPS (HISTORY + WRITES + 2 * REPLICAS)     /* at most 15 */
#define STREAMS (GROUPS + 1)
#define BIT(x) (1 << (x))
#define has(set, x) ((set) & BIT(x))

/* What a group is for ever. Sets of groups are bits. */
byte groups;                /* how many were made */
byte streams;               /* how many were begun; a stream is never 0 */
byte streamOf[GROUPS];
short parentOf[GROUPS];     /* its predecessor, as a set of one or none */
short past[GROUPS];         /* all groups before it, which is its author's log */
short landmarks[GROUPS];    /* its ancestors at distance 1, 2, 4 and the first of its stream */
byte seqOf[GROUPS];
byte number[GROUPS];        /* the display number an office gave out in it: incarnation and count */
short inStream[STREAMS];
short byHQ;                 /* streams of headquarters' key; the others are of the office's */

/* A replica. */
short log[REPLICAS];
byte own[REPLICAS];         /* the stream this life writes; 0 before its first group */
byte count[REPLICAS];       /* numbers given out in this incarnation */
byte life[REPLICAS], lives; /* the name of the incarnation, used with LIFE_APART only */
byte present;               /* replicas that there are */

/* What an office node remembers of headquarters, and its exchange. */
short receipt[REPLICAS];    /* the tips headquarters last stated */
short theirPast[REPLICAS];  /* landmarks and points that headquarters stated in this exchange */
short points[REPLICAS];     /* where pages of this exchange brought nothing new */
byte token[REPLICAS];
byte waits;                 /* these wait for an answer */
byte going;                 /* these are in the middle of an exchange */

/* The last request of an office node. The network may deliver it at any time and any number of times. */
byte sent;                  /* of these there is one */
byte withParts;             /* and of these it is more than a root */
short sentTips[REPLICAS];
short sentPage[REPLICAS];
short sentPast[REPLICAS];
byte sentToken[REPLICAS];

#ifdef LATE_REPEATS         /* the request before that: its groups are known, its token and tips are old */
byte former;
short formerTips[REPLICAS];
byte formerToken[REPLICAS];
#endif

/* What headquarters remembers: the tips the office's key last stated, and two tokens. Where a token is
 * held says only how headquarters knows it. */
short remembered;
#define UNKNOWN 0
#define CURRENT 1
#define PENDING 2

/* Backups are whole copies. The last place is headquarters'; its keptReceipt is `remembered`. */
#define HQ_BACKUP OFFICE_BACKUPS
byte backups, hqBackups, officeRestores, hqRestores;
short keptLog[OFFICE_BACKUPS + 1];
short keptReceipt[OFFICE_BACKUPS + 1];
byte keptOwn[OFFICE_BACKUPS + 1];
byte keptCount[OFFICE_BACKUPS + 1];
byte keptLife[OFFICE_BACKUPS + 1];

/* What only the judge knows. */
byte excused;               /* was restored, or is or has a copy: only these may begin a new life */
byte blind;                 /* writes on as somebody else and had no way yet to know */

hidden byte g, k, phase, session, round;
hidden short tips, gap, doubt, known, fresh, again, marks, all;
hidden short answerTips, answerPage, answerPast;
hidden byte isEqual, isStale, isNew, isShown;
hidden short settled;        /* in the last phase of healing: all groups but those that are lost */

/* Places that the search must come to, or the model says less than it seems to: each REACH must fail. */
#define AHEAD 1             /* a page is cut because the past of a group is not held */
#define DOUBT 2             /* landmarks are stated */
#define NOTHING_NEW 3       /* a page brings nothing new */
#define NEW_LIFE 4          /* somebody hears of another copy's writing */
#define TOLD_STALE 5        /* a node finds that out from `stale` and the stated tips alone */
#define THREE_BRANCHES 6    /* one stream, forked twice */
#ifdef REACH
#define reached(place) assert(REACH != place)
#else
#define reached(place)
#endif

/* The tips of a set: what is no held group's predecessor. */
inline findTips(set) {
    tips = set;
    for (g : 0 .. GROUPS - 1) {
        if
        :: has(set, g) -> tips = tips & ~parentOf[g]
        :: else
        fi
    }
#ifdef ONE_TIP              /* wrong: a forked stream is stated by its latest branch */
    for (g : 0 .. GROUPS - 1) {
        if
        :: has(tips, g) -> tips = tips & ~(inStream[streamOf[g]] & (BIT(g) - 1))
        :: else
        fi
    }
#endif
}

/* A group and its ancestors by predecessor: an author appends to a stream only while that has one tip. */
#define LINE(x) (BIT(x) | (past[x] & inStream[streamOf[x]]))

/* clock.md, Gap: what a peer that stated these tips and points lacks of a log. */
inline findGap(set, theirTips, theirPoints) {
    gap = set;
    doubt = 0;
    known = 0;
    for (g : 0 .. GROUPS - 1) {
#ifdef HELD_BY_SEQ          /* wrong: a tip counts as held when its place is taken here */
        if
        :: has(theirTips, g) ->
            for (k : 0 .. GROUPS - 1) {
                if
                :: streamOf[k] == streamOf[g] && seqOf[k] <= seqOf[g] -> gap = gap & ~BIT(k)
                :: else
                fi
            }
        :: else
        fi
#else
        if
        :: has(theirTips | theirPoints, g) && has(set, g) ->
            gap = gap & ~LINE(g);
            known = known | BIT(streamOf[g])
        :: has(theirTips, g) && !has(set, g) -> doubt = doubt | BIT(streamOf[g])
        :: else
        fi;
        if
        :: has(theirPoints, g) -> known = known | BIT(streamOf[g])
        :: else
        fi
#endif
    }
    doubt = doubt & ~known;
    for (g : 0 .. GROUPS - 1) {
        if
        :: has(gap, g) && has(doubt, streamOf[g]) -> gap = gap & ~BIT(g)
        :: else
        fi
    }
}

/* clock.md, Doubt: what to state as `past` to a peer with these tips. `again` holds the points at which
 * pages brought nothing new. */
inline findMarks(set, theirTips) {
    doubt = 0;
    marks = 0;
    for (g : 0 .. GROUPS - 1) {
        if
        :: has(theirTips, g) && !has(set, g) && (inStream[streamOf[g]] & set) -> doubt = doubt | BIT(streamOf[g])
        :: else
        fi
    }
#ifndef NO_PAST             /* wrong: both sides wait for the other's branch */
    if
    :: doubt ->
        reached(DOUBT);
        findTips(set);
        for (g : 0 .. GROUPS - 1) {
            if
            :: has(doubt, streamOf[g]) ->
                if
                :: has(tips, g) -> marks = marks | landmarks[g]
                :: else
                fi;
                marks = marks | (again & BIT(g))
            :: else
            fi
        }
    :: else
    fi
#endif
}
