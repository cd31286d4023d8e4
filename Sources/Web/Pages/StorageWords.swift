import HTTPTypes
import Records
import Store

/// What people are told when the disk does not take what they saved: nothing is lost that was saved,
/// and what to do.
enum StorageWords {
    /// Nil for errors that are not about the disk.
    static func sentence(_ code: StoreError.Code) -> Title? {
        switch code {
        case .storageFull:
            Title(
                "磁盘已满，这次没有保存。请腾出空间后再保存一次，不用重新启动。",
                "The disk is full, so nothing was saved. Make room and save again; nothing need be restarted."
            )
        case .storageBusy:
            Title(
                "数据库正被另一个程序占用，这次没有保存。请关闭那个程序后再保存一次。",
                "Another program holds the database, so nothing was saved. Close it and save again."
            )
        case .storageFailed, .damaged:
            Title(
                "本机磁盘出错，程序正在停止，以免确认保不住的内容。请联系管理员。",
                "The disk here failed. The program is stopping, so that it confirms nothing it cannot keep. Call the administrator."
            )
        default: nil
        }
    }

    static func status(_ code: StoreError.Code) -> HTTPResponse.Status {
        switch code {
        case .storageFull: .init(code: 507, reasonPhrase: "Insufficient Storage")
        case .storageBusy: .serviceUnavailable
        default: .internalServerError
        }
    }

    /// Why there is no new backup.
    static func backup(_ code: StoreError.Code) -> Title {
        switch code {
        case .storageFull:
            Title(
                "上次备份没有完成：存放备份的盘已满。请腾出空间。",
                "The last backup failed: the disk for backups is full. Make room.")
        case .damaged:
            Title(
                "上次备份没有完成：数据核对没有通过。请联系管理员。",
                "The last backup failed: the data did not pass the check. Call the administrator.")
        default:
            Title(
                "上次备份没有完成：存放备份的地方不能写。请检查。",
                "The last backup failed: the place for backups cannot be written. See to it.")
        }
    }

    /// Why none of the backups is shown.
    static let unreadableBackups = Title(
        "存放备份的文件夹读不了，不知道有哪些备份。请检查那块盘和它的权限。",
        "The folder of backups cannot be read, so it is not known which there are. See to its disk and its permissions."
    )

    /// - Parameter names: of backups that cannot be put back.
    static func broken(_ names: [String]) -> Title {
        let names = names.joined(separator: ", ")
        return Title(
            "这些备份已损坏，不能用来恢复：\(names)。请检查那块盘。",
            "These backups are damaged and cannot be put back: \(names). See to the disk."
        )
    }

    /// On every page while the disk is full.
    static let full = Title(
        "磁盘已满：现在不能保存；已保存的都在，可以查看。腾出空间后自动恢复。",
        "The disk is full: nothing can be saved now. All that was saved is here and can be read; saving works again by itself once there is room."
    )
}
