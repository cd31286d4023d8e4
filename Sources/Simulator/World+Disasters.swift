import Node
import Records
import SimulatedDisk
import Store
import SyncCore

extension World {
    // MARK: Lines and clocks

    func changeLink() {
        let office = chance.pick(offices)
        office.link = chance.pick([.open, .cut, .oneWay, .open])
        note("\(office.name) link \(office.link)")
    }

    /// Ten years on or back, 1970, standing still, or a day at each look (S9, S10, I12).
    func disturbClock(_ node: SimulatedNode) {
        let year: Int64 = 365 * 24 * 60 * 60 * 1_000
        switch chance.below(7) {
        case 0: node.clock.jump(by: 10 * year)
        case 1: node.clock.jump(by: -10 * year)
        case 2: node.clock.jump(by: .min + 1)
        case 3: node.clock.set(pace: 0)
        case 4: node.clock.set(pace: 24 * 60 * 60 * 1_000)
        case 5: node.clock.jump(by: year)
        default: node.clock.set(pace: 1_000)
        }
        note("\(node.name) clock \(node.clock.milliseconds)")
    }

    // MARK: Crashes

    func cutPower(_ node: SimulatedNode) async throws {
        guard node.running != nil else { return }
        tally.powerCuts += 1
        note("\(node.name) loses power")
        node.stop(chance.happens(800) ? .someUnsynced(seed: chance.next()) : .onlySynced)
        if chance.happens(700) { try await start(node) }
    }

    func kill(_ node: SimulatedNode) async throws {
        guard node.running != nil else { return }
        note("\(node.name) is killed")
        if chance.happens(300), !exchanging.contains(node.number), !node.isInDoubt {
            try node.close()
        } else {
            node.stop(.allWritten)
        }
        if chance.happens(700) { try await start(node) }
    }

    // MARK: Disks

    /// A call to the disk goes wrong soon: an error, a sync that fails and loses, or a power cut in
    /// the middle of it (S14, S16).
    func breakDisk(_ node: SimulatedNode) {
        guard node.role == .office || nemesis.strikesHeadquarters else { return }
        let fault = chance.pick([Disk.Fault.error, .lostSync, .stop, .error])
        let calls: [Disk.Call] =
            fault == .lostSync
            ? [.sync] : chance.pick([[.write], [.sync], [.read, .write, .sync]])
        if fault == .lostSync { node.mayHaveLostSync = true }
        node.disk.arm(fault, at: 1 + chance.below(25), of: calls)
        note("\(node.name) disk \(fault)")
    }

    /// The disk has this much space left, or all it needs again (S15).
    func fillDisk(_ node: SimulatedNode) {
        if node.isFull {
            node.isFull = false
        } else if node.role == .office || nemesis.strikesHeadquarters {
            node.isFull = true
            node.disk.setCapacity(node.disk.used + chance.below(20_000))
        }
        note("\(node.name) disk \(node.isFull ? "full" : "free")")
    }

    // MARK: Backups, restores, clones (S1 to S8)

    func backUp(_ node: SimulatedNode) async throws {
        guard node.running != nil, !node.isInDoubt, !exchanging.contains(node.number) else {
            return
        }
        note("\(node.name) is backed up")
        try await withNode(node) { running in
            let spaces = try await running.store.spaces()
            count += 1
            let kept = KeptBackup(
                name: "\(count)", madeAt: node.clock.look(),
                clocks: Dictionary(uniqueKeysWithValues: spaces.map { ($0.space, $0.state.clock) }))
            node.backups.append(
                SimulatedNode.Backup(
                    disk: node.disk.clone(), promised: node.promised, types: node.types,
                    life: try await running.store.life(), kept: kept))
            if node.backups.count > nemesis.keptBackups { node.backups.removeFirst() }
            try await running.store.keep(backups: node.backups.map(\.kept))
        }
    }

    /// The write-ahead log goes into the database file.
    func checkpoint(_ node: SimulatedNode) async throws {
        try await withNode(node) { running in
            try running.store.checkpoint()
            note("\(node.name) brings its database up to date")
        }
    }

    func restore(_ node: SimulatedNode) async throws {
        guard node.role == .office || nemesis.strikesHeadquarters, !node.backups.isEmpty else {
            return
        }
        let backup = chance.pick(node.backups)
        let kept = node.disk
        node.stop(.allWritten)
        tally.restores += 1
        let disk = backup.disk.clone()
        // An image holds what was written, synced or not; what is restored from it is on the disk.
        disk.restart(.allWritten)
        disk.setCapacity(nil)
        node.isFull = false
        var promised = backup.promised
        let way = chance.below(4)
        switch way {
        case 0: break  // The whole folder: nothing in it tells that it is a copy.
        case 1: kept.copy(SimulatedHome.guardFile, to: disk)
        case 2: disk.remove(SimulatedHome.guardFile)
        default:
            // The database without its write-ahead log: older than anybody thought (S7).
            disk.remove(SimulatedHome.log)
            kept.copy(SimulatedHome.guardFile, to: disk)
            promised = []
        }
        note("\(node.name) is restored, way \(way)")
        memories += 1
        node.upgrade(to: backup.types)
        node.replace(disk: disk, promised: promised, memory: memories)
        do {
            try await start(node)
        } catch let violation as Violation where way == 3 && violation.isOfDamage {
            // A file that was being brought up to date from the log that is missing now: it is
            // refused, and somebody restores the whole.
            note("\(node.name) was damaged, and is restored as a whole")
            let whole = backup.disk.clone()
            whole.restart(.allWritten)
            whole.setCapacity(nil)
            node.replace(disk: whole, promised: backup.promised, memory: memories)
            try await start(node)
        }
        // Not promised (PROMISES.md): the version of a form is a life and a count of groups, and a
        // copy that nothing tells from the original goes on in that life and counts anew. Such a
        // form is taken to have shown what it never saw (EditDrafter.isShown).
        node.forms.removeAll { $0.version.position > node.lastNumber }
        // Without its guard file no copy may go on under the old name (S1).
        if way == 2, let running = node.running, let life = backup.life {
            try demand(
                try await running.store.life() != life, "I6",
                "\(node.name) was restored without its guard file and kept its life")
        }
    }

    /// A second machine with the same disk goes live (S3).
    func clone(_ node: SimulatedNode) async throws {
        guard node.role == .office, nodes.count < 8, node.running != nil, !node.isInDoubt,
            !exchanging.contains(node.number)
        else { return }
        tally.clones += 1
        note("\(node.name) is cloned")
        memories += 1
        let copy = SimulatedNode(
            number: nodes.count, role: node.role, space: node.space, code: node.code,
            key: node.key, disk: node.disk.clone(),
            clock: SimulatedClock(milliseconds: node.clock.milliseconds), promised: node.promised,
            types: node.types)
        copy.replace(disk: copy.disk, promised: node.promised, memory: memories)
        copy.backups = node.backups
        copy.disk.restart(.allWritten)
        copy.disk.setCapacity(nil)
        nodes.append(copy)
        try await start(copy)
    }

    func upgrade(_ node: SimulatedNode) async throws {
        guard node.types.count < Catalogue.types.count || nemesis.hasOldVersions,
            !exchanging.contains(node.number), !node.isInDoubt, !node.isFull
        else { return }
        note("\(node.name) is upgraded")
        try node.close()
        node.upgrade(to: Catalogue.types)
        try await start(node)
    }
}
