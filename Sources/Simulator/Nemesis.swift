/// What goes wrong in one schedule and how often, in thousandths: drawn for each schedule anew,
/// because few faults find other bugs than many (swarm testing: Groce et al., ISSTA 2012).
struct Nemesis {
    // Of each message.
    var lostRequest = 0
    var lostAnswer = 0
    var doubled = 0
    var replayedLater = 0
    var cutAnywhere = 0
    var otherWorkMeanwhile = 0

    // Of each step.
    var partition = 0
    var powerCut = 0
    var kill = 0
    var brokenDisk = 0
    var fullDisk = 0
    var backup = 0
    /// How many backups a node keeps: what all of them hold may be forgotten elsewhere.
    var keptBackups = 3
    var restore = 0
    var clone = 0
    var clockFault = 0
    var forgetting = 0
    var checkpoint = 0
    var upgrade = 0
    var hostileMessage = 0
    var audit = 0

    /// Headquarters takes part in restores and crashes.
    var strikesHeadquarters = false
    /// Some nodes begin with an older catalogue.
    var hasOldVersions = false
    /// A torn write may ruin whole sectors.
    var hasHarshSectors = false
    /// One of the joined nodes forges messages.
    var hasHostileNode = false

    init(_ chance: inout Chance) {
        func some(_ chance: inout Chance, _ maximum: Int) -> Int {
            chance.below(maximum + 1)
        }
        let isHarsh = chance.happens(500)
        /// Half of the schedules switch most faults off.
        func fault(_ chance: inout Chance, _ maximum: Int) -> Int {
            isHarsh || chance.happens(250) ? some(&chance, maximum) : 0
        }
        lostRequest = fault(&chance, 300)
        lostAnswer = fault(&chance, 300)
        doubled = fault(&chance, 200)
        replayedLater = fault(&chance, 100)
        cutAnywhere = fault(&chance, 50)
        otherWorkMeanwhile = fault(&chance, 300)
        partition = fault(&chance, 20)
        powerCut = fault(&chance, 20)
        kill = fault(&chance, 20)
        brokenDisk = fault(&chance, 10)
        fullDisk = fault(&chance, 10)
        backup = fault(&chance, 40)
        keptBackups = 1 + chance.below(3)
        restore = fault(&chance, 15)
        clone = fault(&chance, 4)
        // The clocks are never right.
        clockFault = some(&chance, 40)
        forgetting = fault(&chance, 60)
        checkpoint = fault(&chance, 20)
        upgrade = 10
        audit = 15
        strikesHeadquarters = chance.happens(500)
        hasOldVersions = chance.happens(150)
        hasHarshSectors = chance.happens(150)
        hasHostileNode = chance.happens(150)
        hostileMessage = hasHostileNode ? 80 : 0
    }
}
