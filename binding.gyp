{
  "variables": {
    # Words, not digits: gyp turns "1" into a number, and then =='1' is never true.
    "werror%": "false",
    # As for -fsanitize, such as "address,undefined" or "thread".
    "sanitize%": "none",
    "coverage%": "false",
    # Adds the kqueue backend to a Linux build, on top of an installed libkqueue that pkg-config finds, and takes
    # the other parts that are for systems without Linux's own. For tests.
    # npm run build:native -- --kqueue_on_linux=true
    "kqueue_on_linux%": "false",
    "warnings": [ "-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Wconversion" ],
    # Relative and -isystem: -I would let our warnings loose on the headers of node-addon-api, and an absolute path
    # breaks where the folder's name has a space. make runs in build/, hence the "..".
    "node_addon_api": "../<!(node -p \"require('node-addon-api').include_dir\")"
  },
  "targets": [
    {
      "target_name": "selectloop",
      "sources": [
        "native/addon.cc",
        "native/constants.cc",
        "native/fd/fd-calls.cc",
        "native/fd/pipe-calls.cc",
        "native/guest/guest.cc",
        "native/guest/guest-binding.cc",
        "native/names/lookup.cc",
        "native/names/lookup-threads.cc",
        "native/names/names-binding.cc",
        "native/process/child.cc",
        "native/process/close-descriptors.cc",
        "native/process/exit-watch-thread.cc",
        "native/process/limit-constants.cc",
        "native/process/new-descriptors.cc",
        "native/process/own-children.cc",
        "native/process/process-binding.cc",
        "native/process/spawn.cc",
        "native/process/spawn-request.cc",
        "native/process/terminal.cc",
        "native/poller/backends.cc",
        "native/poller/poll.cc",
        "native/poller/poller-binding.cc",
        "native/signal/signal-pipe.cc",
        "native/socket/send-each.cc",
        "native/socket/send-segments.cc",
        "native/socket/send-gathered.cc",
        "native/net/net-calls.cc",
        "native/socket/batch-calls.cc",
        "native/socket/control.cc",
        "native/socket/family-constants.cc",
        "native/socket/file-calls.cc",
        "native/socket/message-calls.cc",
        "native/socket/message-constants.cc",
        "native/socket/sockaddr.cc",
        "native/socket/socket-calls.cc",
        "native/socket/socket-options.cc",
        "native/tls/connection.cc",
        "native/tls/connection-calls.cc",
        "native/tls/connection-facts.cc",
        "native/tls/context.cc",
        "native/tls/context-calls.cc",
        "native/tls/fact-calls.cc",
        "native/tls/failure.cc",
        "native/tls/openssl.cc",
        "native/thread/thread-end.cc",
        "native/wakeup/groups-binding.cc",
        "native/wakeup/wake-groups.cc",
        "native/wakeup/wakeup-binding.cc"
      ],
      "defines": [
        "NAPI_VERSION=8",
        "NAPI_DISABLE_CPP_EXCEPTIONS",
        # A worker that is terminated while it loads the addon refuses every call. Without this, that ends the process.
        "NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS",
        "NODE_ADDON_API_REQUIRE_BASIC_FINALIZERS"
      ],
      # Node's own settings say gnu++17 (20, 22) or gnu++20 (24, 26); we say which.
      "cflags_cc!": [ "-std=gnu++17", "-std=gnu++20" ],
      "cflags_cc": [ "-isystem", "<(node_addon_api)", "-std=c++17", "-O3", "-fvisibility=hidden", "<@(warnings)" ],
      "xcode_settings": {
        "CLANG_CXX_LANGUAGE_STANDARD": "c++17",
        "GCC_OPTIMIZATION_LEVEL": "3",
        "GCC_SYMBOLS_PRIVATE_EXTERN": "YES",
        "MACOSX_DEPLOYMENT_TARGET": "11.0",
        "OTHER_CPLUSPLUSFLAGS": [ "-isystem", "<(node_addon_api)", "<@(warnings)" ]
      },
      # A backend's file and the define that makes backends.cc offer it, together.
      "conditions": [
        [ "OS=='linux'", {
          "sources": [ "native/poller/epoll.cc" ],
          "defines": [ "SELECTLOOP_EPOLL" ]
        } ],
        [ "OS=='linux' and kqueue_on_linux=='false'", {
          "sources": [ "native/wakeup/wakeup-eventfd.cc" ]
        }, {
          "sources": [ "native/wakeup/wakeup-pipe.cc" ]
        } ],
        [ "OS=='mac' or kqueue_on_linux=='true'", {
          "sources": [ "native/socket/batch-loop.cc" ]
        }, {
          "sources": [ "native/socket/batch-mmsg.cc" ]
        } ],
        [ "OS=='linux'", {
          "sources": [ "native/process/exit-watch-pidfd.cc", "native/socket/sockaddr-linux.cc" ]
        }, {
          "sources": [ "native/process/exit-watch-kqueue.cc", "native/socket/sockaddr-none.cc" ]
        } ],
        [ "OS=='linux' and kqueue_on_linux=='false'", { "sources": [ "native/socket/sendfile-linux.cc" ] } ],
        [ "OS=='mac'", { "sources": [ "native/socket/sendfile-macos.cc" ] } ],
        [ "OS=='freebsd'", { "sources": [ "native/socket/sendfile-bsd.cc" ] } ],
        [ "OS in 'openbsd netbsd'.split() or kqueue_on_linux=='true'", {
          "sources": [ "native/socket/sendfile-none.cc" ]
        } ],
        [ "OS in 'mac freebsd openbsd netbsd'.split() or kqueue_on_linux=='true'", {
          "sources": [ "native/poller/kqueue.cc" ],
          "defines": [ "SELECTLOOP_KQUEUE" ]
        } ],
        [ "kqueue_on_linux=='true'", {
          "defines": [ "SELECTLOOP_LIBKQUEUE" ],
          "cflags_cc": [ "-isystem", "<!(pkg-config --variable=includedir libkqueue)/kqueue" ],
          "libraries": [ "<!@(pkg-config --libs libkqueue)", "-Wl,-rpath,<!(pkg-config --variable=libdir libkqueue)" ]
        } ],
        # macOS alone has no ppoll.
        [ "OS!='mac'", { "defines": [ "SELECTLOOP_HAVE_PPOLL" ] } ],
        [ "werror=='true'", {
          "cflags_cc": [ "-Werror" ],
          "xcode_settings": { "GCC_TREAT_WARNINGS_AS_ERRORS": "YES" }
        } ],
        [ "OS=='linux' and sanitize=='none' and coverage=='false'", {
          "ldflags": [ "-Wl,-s", "-Wl,-z,relro,-z,now" ]
        } ],
        [ "coverage=='true'", {
          "cflags!": [ "-O3" ],
          "cflags_cc!": [ "-O3" ],
          "cflags_cc": [ "--coverage", "-O0", "-fprofile-update=atomic" ],
          "ldflags": [ "--coverage" ]
        } ],
        [ "sanitize!='none'", {
          "cflags!": [ "-O3" ],
          "cflags_cc!": [ "-O3" ],
          "cflags_cc": [ "-fsanitize=<(sanitize)", "-fno-omit-frame-pointer", "-g", "-O1" ],
          "ldflags": [ "-fsanitize=<(sanitize)" ]
        } ]
      ]
    }
  ]
}
