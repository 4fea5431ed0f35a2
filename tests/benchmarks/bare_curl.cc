// The yardstick for the worker's HTTP calls: bare libcurl, one multi handle on one thread, that
// sends the same request so often with so many calls in flight. It is frozen: changing it makes
// every earlier ratio worthless.
//
//   bare_curl URL [calls] [in flight] [bytes]
//
// POSTs a JSON body of so many bytes and reads each answer whole. Prints one line of key=value
// pairs: calls a second, its CPU for each call and the latencies in microseconds, and how many
// answers had another status than 200. `bare_curl serve` is a server for it: it prints its port and
// answers every POST at once with 1 KiB, until its standard input ends.
#include <curl/curl.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>
#include <vector>

namespace {

double Seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double CpuSeconds() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) { return time.tv_sec + time.tv_usec * 1e-6; };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// ---- the server

// What a connection has sent of a request that is not whole yet: true once it is.
bool TakeRequest(std::string* input) {
  const size_t head = input->find("\r\n\r\n");
  if (head == std::string::npos) return false;
  const char* length = strcasestr(input->c_str(), "\r\ncontent-length:");
  const size_t body = length == nullptr ? 0 : std::strtoull(length + 17, nullptr, 10);
  if (input->size() < head + 4 + body) return false;
  input->erase(0, head + 4 + body);
  return true;
}

int Serve() {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (bind(listener, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      listen(listener, 1024) != 0 ||
      getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    std::perror("listen");
    return 1;
  }
  std::printf("%d\n", ntohs(address.sin_port));
  std::fflush(stdout);
  const std::string body = "{\"answer\":\"" + std::string(1011, 'a') + "\"}";
  const std::string answer =
      "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " +
      std::to_string(body.size()) + "\r\n\r\n" + body;
  const int epoll = epoll_create1(EPOLL_CLOEXEC);
  std::map<int, std::string> inputs;
  const auto watch = [epoll](int fd) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = fd;
    epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
  };
  watch(listener);
  watch(STDIN_FILENO);
  std::vector<epoll_event> events(256);
  std::vector<char> buffer(256 << 10);
  while (true) {
    const int count = epoll_wait(epoll, events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < count; ++i) {
      const int fd = events[i].data.fd;
      if (fd == listener) {
        const int connection = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (connection < 0) continue;
        const int on = 1;
        setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        watch(connection);
        continue;
      }
      const ssize_t got = read(fd, buffer.data(), buffer.size());
      if (fd == STDIN_FILENO) {
        if (got <= 0) return 0;
        continue;
      }
      if (got <= 0) {
        close(fd);
        inputs.erase(fd);
        continue;
      }
      std::string& input = inputs[fd];
      input.append(buffer.data(), got);
      while (TakeRequest(&input)) {
        // An answer fits into the socket's buffer: the client has one call on a connection.
        if (write(fd, answer.data(), answer.size()) < 0) break;
      }
    }
  }
}

// ---- the client

struct Call {
  CURL* handle = nullptr;
  std::string answer;
  double start = 0;
};

size_t Append(char* data, size_t size, size_t count, void* answer) {
  static_cast<std::string*>(answer)->append(data, size * count);
  return size * count;
}

int Post(const char* url, int64_t calls, int in_flight, size_t bytes) {
  curl_global_init(CURL_GLOBAL_DEFAULT);
  CURLM* multi = curl_multi_init();
  curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, static_cast<long>(in_flight));
  const std::string padding(bytes > 20 ? bytes - 20 : 0, 'x');
  const std::string body = "{\"model\":\"m\",\"p\":\"" + padding + "\"}";
  curl_slist* headers = curl_slist_append(nullptr, "Content-Type: application/json");
  headers = curl_slist_append(headers, "Expect:");
  std::vector<Call> all(in_flight);
  std::vector<float> took;
  took.reserve(calls);
  int64_t started = 0, failed = 0, done = 0;
  const auto start = [&](Call* call) {
    call->answer.clear();
    call->start = Seconds();
    curl_multi_add_handle(multi, call->handle);
    ++started;
  };
  const double begin = Seconds();
  for (Call& call : all) {
    if (started == calls) break;
    call.handle = curl_easy_init();
    curl_easy_setopt(call.handle, CURLOPT_URL, url);
    curl_easy_setopt(call.handle, CURLOPT_POSTFIELDS, body.data());
    curl_easy_setopt(call.handle, CURLOPT_POSTFIELDSIZE, static_cast<long>(body.size()));
    curl_easy_setopt(call.handle, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(call.handle, CURLOPT_WRITEFUNCTION, Append);
    curl_easy_setopt(call.handle, CURLOPT_WRITEDATA, &call.answer);
    curl_easy_setopt(call.handle, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(call.handle, CURLOPT_PRIVATE, &call);
    start(&call);
  }
  while (done < calls) {
    int running = 0, left = 0;
    curl_multi_perform(multi, &running);
    while (const CURLMsg* message = curl_multi_info_read(multi, &left)) {
      Call* call = nullptr;
      long status = 0;
      curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &call);
      curl_easy_getinfo(message->easy_handle, CURLINFO_RESPONSE_CODE, &status);
      failed += status != 200;
      ++done;
      took.push_back(static_cast<float>((Seconds() - call->start) * 1e6));
      curl_multi_remove_handle(multi, call->handle);
      if (started < calls) start(call);
    }
    if (done < calls) curl_multi_poll(multi, nullptr, 0, 1000, nullptr);
  }
  const double seconds = Seconds() - begin;
  std::sort(took.begin(), took.end());
  std::printf(
      "kind=curl rate=%.0f cpu_us=%.1f p50_us=%.0f p99_us=%.0f in_flight=%d bytes=%zu calls=%lld "
      "failed=%lld\n",
      calls / seconds, CpuSeconds() / calls * 1e6, took[calls / 2], took[calls * 99 / 100],
      in_flight, body.size(), static_cast<long long>(calls), static_cast<long long>(failed));
  return failed == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr,
                 "usage: bare_curl URL [calls] [in flight] [bytes]\n"
                 "       bare_curl serve\n");
    return 2;
  }
  if (std::string(argv[1]) == "serve") return Serve();
  return Post(argv[1], argc > 2 ? std::atoll(argv[2]) : 100'000,
              argc > 3 ? std::atoi(argv[3]) : 100, argc > 4 ? std::atoll(argv[4]) : 1024);
}
