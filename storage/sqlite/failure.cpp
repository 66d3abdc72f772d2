// SPDX-License-Identifier: Apache-2.0
#include "storage/sqlite/failure.h"

#include <sqlite3.h>

#include <cerrno>
#include <cstring>
#include <string>

namespace seep::sqlite {
namespace {

using model::Errc;
using model::Fail;

// SQLite's text, and that of the operating system when it had a part in it.
std::string Cause(sqlite3* connection) {
  std::string cause = sqlite3_errmsg(connection);
  if (const int system = sqlite3_system_errno(connection); system != 0) {
    cause += std::string(": ") + std::strerror(system);
  }
  return cause;
}

}  // namespace

std::unexpected<model::Error> Failure(sqlite3* connection, int result_code) {
  const char* name = sqlite3_db_filename(connection, "main");
  const std::string file = name != nullptr && *name != 0 ? name : "database";
  const std::string text = sqlite3_errmsg(connection);
  switch (result_code & 0xff) {
    case SQLITE_FULL:
      return Fail(Errc::kIo, file + ": disk full (" + text +
                                 "); free space on its file system, or choose another with --db");
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return Fail(Errc::kBusy, file + ": busy (" + text + "); another process writes, try again");
    case SQLITE_ERROR:
      // Our statements are fixed: a table that they name and that is not there has been there.
      if (!text.starts_with("no such table") && !text.starts_with("no such column")) {
        return Fail(Errc::kIo, file + ": failed (" + Cause(connection) + ")");
      }
      [[fallthrough]];
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return Fail(Errc::kCorrupt, file + ": damaged (" + text + "); salvage it with: sqlite3 " +
                                      file +
                                      " .recover | sqlite3 NEW, or choose another with --db");
    case SQLITE_READONLY:
    case SQLITE_PERM:
      return Fail(Errc::kIo, file + ": cannot be written (" + text +
                                 "); check the permissions of the file and its folder");
    case SQLITE_CANTOPEN: {
      const bool is_missing = sqlite3_system_errno(connection) == ENOENT;
      return Fail(is_missing ? Errc::kNotFound : Errc::kIo,
                  file + ": cannot be opened (" + Cause(connection) +
                      "); check the path and the permissions of its folder");
    }
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
    case SQLITE_TOOBIG:
      return Fail(Errc::kInvalidArgument, file + ": refused a value (" + text + ")");
    default:
      return Fail(Errc::kIo, file + ": failed (" + Cause(connection) + ")");
  }
}

}  // namespace seep::sqlite
