// The values that travel over the HTTP server: headers, a request as received, a response to send.
// Plain values without any lock; copy or move them freely between threads.
#ifndef LULL_BASE_HTTP_HTTP_MESSAGE_H_
#define LULL_BASE_HTTP_HTTP_MESSAGE_H_

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

namespace lull {

// Header fields in the order they were received or will be sent. Names compare without case.
class HttpHeaders {
 public:
  using Field = std::pair<std::string, std::string>;

  HttpHeaders() = default;
  HttpHeaders(std::initializer_list<Field> fields) : fields_(fields) {}

  void Add(absl::string_view name, absl::string_view value);
  // Replaces every field of that name by one.
  void Set(absl::string_view name, absl::string_view value);
  // The first value of that name, or nullptr. Valid until the next change.
  const std::string* Find(absl::string_view name) const;

  const std::vector<Field>& fields() const { return fields_; }

 private:
  std::vector<Field> fields_;
};

struct HttpRequest {
  std::string method;  // as sent, e.g. "POST"
  std::string target;  // as sent, e.g. "/v1/models?limit=3"
  std::string path;    // target up to '?', not decoded
  std::string query;   // target after '?', not decoded
  HttpHeaders headers;
  std::string body;
  std::string peer;                // "127.0.0.1:51234"
  uint64_t connection = 0;         // number of the connection since the server's start, from 1
  uint64_t nth_on_connection = 0;  // 1 for the first request of a connection

  // The decoded value of one query parameter; nullopt when it is absent, "" when it has no '='.
  std::optional<std::string> QueryParameter(absl::string_view name) const;
};

struct HttpResponse {
  int status = 200;
  HttpHeaders headers;  // Content-Length, Connection and Date are added by the server
  std::string body;
};

HttpResponse JsonResponse(int status, std::string body);
HttpResponse TextResponse(int status, std::string body);

// "OK", "Too Many Requests", …; "Unknown" for a status without a registered phrase.
absl::string_view HttpReasonPhrase(int status);

// The status line and the fields, each ended by CRLF, without the empty line that ends a head.
// CR, LF and NUL inside a name or value are replaced by spaces, so a value cannot add a field.
std::string FormatHttpHead(int status, const HttpHeaders& headers);

// Decodes %XX and '+'. Malformed escapes are kept as they are.
std::string DecodeUrlComponent(absl::string_view text);

}  // namespace lull

#endif  // LULL_BASE_HTTP_HTTP_MESSAGE_H_
