// SPDX-License-Identifier: Apache-2.0
// A connection to one database file, and transactions on it.
// One thread at a time; any number of processes: one writes, the others read meanwhile (WAL).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "storage/model/error.h"
#include "storage/sqlite/statement.h"

struct sqlite3;

namespace seep::sqlite {

enum class OpenMode {
  kReadWriteCreate,  // made when missing
  kReadWrite,        // must exist
  kReadOnly,         // must exist, may lie on a read-only medium; statements cannot write
};

class Database {
 public:
  // Opens `path` and checks that it is a database of seep of this schema version; anything else
  // is left as it is. One of an older version is brought to this one when it is opened for writing
  // (docs/schema.md, "Versions"), and can be read. A write that a killed process left in the log is
  // recovered, also by kReadOnly wherever the folder can be written. Waits up to 5 s for other
  // processes. Errors: kNotFound (no such file or folder), kInvalidArgument (not a regular file, or
  // of another program), kCorrupt, kUnsupported (newer schema), kIo (permissions, disk), kBusy.
  static model::Result<Database> Open(const std::string& path, OpenMode mode);

  // For whoever must go on: as Open for kReadWriteCreate, but a file that is damaged, and still can
  // be told to be of seep, is set aside, which notice() then says.
  static model::Result<Database> OpenOrSetAside(const std::string& path);

  // Runs one statement to its end. Statements are prepared once and kept.
  template <typename... Values>
  model::Status Run(std::string_view sql, const Values&... values) {
    Rows rows = Query(sql, values...);
    while (rows.Next()) {
    }
    return rows.status();
  }

  template <typename... Values>
  Rows Query(std::string_view sql, const Values&... values) {
    const auto statement = Prepare(sql);
    int index = 0;
    if (statement) ((*statement)->Bind(++index, values), ...);
    return Rows(statement);
  }

  // The first column of the first row, if there is one.
  template <typename T, typename... Values>
  model::Result<std::optional<T>> QueryValue(std::string_view sql, const Values&... values) {
    Rows rows = Query(sql, values...);
    T value{};
    const bool has_value = rows.Next(value);
    if (!rows.status()) return std::unexpected(rows.status().error());
    return has_value ? std::optional<T>(std::move(value)) : std::nullopt;
  }

  // Runs all statements of `script` (schema, PRAGMA) without keeping them.
  model::Status RunScript(const char* script);

  // How long a statement waits for other processes; 5 s until it is called.
  void SetBusyTimeout(double seconds);

  // The open file is no longer the one at path(): it was deleted or renamed, or another is there.
  bool has_moved() const;
  // For a file that has moved: makes it anew at path(), with all that it holds (an open file
  // keeps its content), and goes on with the new one. On an error nothing has changed, and it can
  // be repeated. Not within a transaction. kUnsupported: another file is at path(). kIo.
  model::Status Restore();

  // For a file that is damaged: moves it and its log to PATH-damaged-<time, UTC>, and goes on with
  // a new, empty one at path(). Gives that name; empty: it was deleted, too. Not within a
  // transaction. On an error this connection is as it was, and it can be repeated. kIo; as Open.
  model::Result<std::string> SetAside();
  // Whether a look over all pages finds damage. Takes seconds a GiB.
  bool IsDamaged();

  // Row id of the last INSERT that inserted a row.
  int64_t last_insert_id() const;
  // Rows changed by the last INSERT, UPDATE or DELETE.
  int64_t changed_rows() const;
  bool is_in_transaction() const;

  // As given to Open.
  const std::string& path() const { return path_; }
  // What Open could not do and is no error, one line for people; empty: nothing.
  const std::string& notice() const { return notice_; }

 private:
  struct Closer {
    void operator()(sqlite3* connection) const;
  };
  struct TextHash : std::hash<std::string_view> {
    using is_transparent = void;
  };
  using Connection = std::unique_ptr<sqlite3, Closer>;

  Database(std::string path, Connection connection);
  static model::Result<Connection> Connect(const std::string& name, int flags);
  static model::Result<Database> OpenReadOnly(const std::string& path);
  model::Result<bool> IsEmpty();
  model::Status Create();
  model::Result<int64_t> CheckVersion();  // the version found, not newer than this one
  model::Result<Statement*> Prepare(std::string_view sql);

  std::string path_;
  std::string notice_;
  Connection connection_;
  // After connection_: statements are finalized before it is closed.
  std::unordered_map<std::string, Statement, TextHash, std::equal_to<>> statements_;
};

// One line on a file that was set aside, and the way to salvage it. `cause`: the error.
std::string SetAsideNotice(const std::string& cause, const std::string& path,
                           const std::string& name);

// BEGIN on Start; rolled back on destruction unless committed.
class Transaction {
 public:
  enum class Kind {
    kWrite,  // takes the write lock at once, so that no later statement can be refused for it
    kRead,   // all queries see the same state
  };
  static model::Result<Transaction> Start(Database& database, Kind kind);
  Transaction(Transaction&& other) noexcept;
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();

  // On an error nothing has been written.
  model::Status Commit();

 private:
  explicit Transaction(Database& database) : database_(&database) {}

  Database* database_;  // null once ended
};

}  // namespace seep::sqlite
