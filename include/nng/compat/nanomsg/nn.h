// The API of nanomsg.
//
// Made by `cargo test --test headers`; do not edit.

#ifndef NNG_COMPAT_NANOMSG_NN_H
#define NNG_COMPAT_NANOMSG_NN_H

#include <errno.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifndef NNG_DECL
#define NNG_DECL extern
#endif

#define AF_SP 1
#define AF_SP_RAW 2
#ifndef EFSM
#define EFSM 268435486
#endif
#ifndef ESOCKNOSPPORT
#define ESOCKNOSPPORT 268435484
#endif
#ifndef ETERM
#define ETERM 268435485
#endif
#define NN_DOMAIN 12
#define NN_DONTWAIT 1
#define NN_ERRBASE 268435456
#define NN_IPV4ONLY 14
#define NN_LINGER 1
#define NN_MAXTTL 17
#define NN_MSG (-1)
#define NN_POLLIN 1
#define NN_POLLOUT 2
#define NN_PROTOCOL 13
#define NN_RCVBUF 3
#define NN_RCVFD 11
#define NN_RCVMAXSIZE 16
#define NN_RCVPRIO 9
#define NN_RCVTIMEO 5
#define NN_RECONNECT_IVL 6
#define NN_RECONNECT_IVL_MAX 7
#define NN_SNDBUF 2
#define NN_SNDFD 10
#define NN_SNDPRIO 8
#define NN_SNDTIMEO 4
#define NN_SOCKADDR_MAX 128
#define NN_SOCKET_NAME 15
#define NN_SOL_SOCKET 0
#define PROTO_SP 1
#define SP_HDR 1

// A piece of a message.
typedef struct nn_iovec {
    void *iov_base;
    size_t iov_len;
} nn_iovec;

// A message in pieces, and its control data.
typedef struct nn_msghdr {
    struct nn_iovec *msg_iov;
    int msg_iovlen;
    void *msg_control;
    size_t msg_controllen;
} nn_msghdr;

// The head of an item of control data.
typedef struct nn_cmsghdr {
    size_t cmsg_len;
    int cmsg_level;
    int cmsg_type;
} nn_cmsghdr;

// A socket to poll.
typedef struct nn_pollfd {
    int fd;
    uint16_t events;
    uint16_t revents;
} nn_pollfd;

// Opens a socket: `domain` is AF_SP or AF_SP_RAW, `protocol` NN_REQ and so on. Returns its
// number, for `nn_close`.
NNG_DECL int nn_socket(int domain, int protocol);

// Closes a socket; what waits on it fails with EBADF.
NNG_DECL int nn_close(int s);

// Listens on an address. Returns the endpoint's number, for `nn_shutdown`.
NNG_DECL int nn_bind(int s, const char *addr);

// Connects to an address, again and again in the background. Returns the endpoint's number,
// for `nn_shutdown`.
NNG_DECL int nn_connect(int s, const char *addr);

// Closes an endpoint of a socket.
NNG_DECL int nn_shutdown(int s, int how);

// Sets an option from `optvallen` bytes.
NNG_DECL int nn_setsockopt(int s, int level, int option, const void *optval, size_t optvallen);

// Copies an option's bytes to `optval`; `*optvallen` is the room there, and becomes its size.
NNG_DECL int nn_getsockopt(int s, int level, int option, void *optval, size_t *optvallen);

// Memory for a message of `size` bytes, to be sent with NN_MSG or freed with `nn_freemsg`.
// `type` must be zero.
NNG_DECL void *nn_allocmsg(size_t size, int type_);

// Changes the size of memory from `nn_allocmsg`, which may move; on failure it stays as it was.
NNG_DECL void *nn_reallocmsg(void *msg, size_t size);

// Frees memory from `nn_allocmsg` or received with NN_MSG.
NNG_DECL int nn_freemsg(void *msg);

// Sends `len` bytes, or with NN_MSG the memory from `nn_allocmsg` that `buf` points to, which
// is the library's on success. Returns how many bytes were sent.
NNG_DECL int nn_send(int s, const void *buf, size_t len, int flags);

// Receives up to `len` bytes, or with NN_MSG a pointer to memory for `nn_freemsg`. Returns the
// message's length, even if that is more.
NNG_DECL int nn_recv(int s, void *buf, size_t len, int flags);

// Sends a message from pieces, or one piece of length NN_MSG, with the header that control
// data bring. Returns how many bytes were sent.
NNG_DECL int nn_sendmsg(int s, const struct nn_msghdr *msghdr, int flags);

// Receives a message into pieces, or with one piece of length NN_MSG a pointer to memory for
// `nn_freemsg`; its header goes to the control data, if there is room. Returns the message's
// length, even if that is more than the pieces hold.
NNG_DECL int nn_recvmsg(int s, struct nn_msghdr *msghdr, int flags);

// The first item of control data, or the one behind `cmsg`; NULL if there is none.
NNG_DECL struct nn_cmsghdr *nn_cmsg_next(struct nn_msghdr *mhdr, struct nn_cmsghdr *cmsg);

// Waits until one of `nfds` sockets can do what its `events` ask, at most `timeout`
// milliseconds (-1 is for ever). Returns how many can.
NNG_DECL int nn_poll(struct nn_pollfd *fds, int nfds, int timeout);

// Forwards messages between two raw sockets, or back to one (the other is -1), until one is
// closed. Always returns -1.
NNG_DECL int nn_device(int s1, int s2);

// One of nanomsg's statistics of a socket, as far as it is kept: messages and bytes sent and
// received, and connections.
NNG_DECL uint64_t nn_get_statistic(int s, int stat);

// The reason of the last failure on this thread.
NNG_DECL int nn_errno(void);

// The text of an errno, which lives as long as the process.
NNG_DECL const char *nn_strerror(int errnum);

// Closes all sockets of the process.
NNG_DECL void nn_term(void);

// Control data: items behind one another, each with a head.
#define NN_CMSG_ALIGN_(len) (((len) + sizeof(size_t) - 1) & (size_t) ~(sizeof(size_t) - 1))
#define NN_CMSG_FIRSTHDR(mh) nn_cmsg_next((struct nn_msghdr *) (mh), NULL)
#define NN_CMSG_NXTHDR(mh, cmsg) \
	nn_cmsg_next((struct nn_msghdr *) (mh), (struct nn_cmsghdr *) (cmsg))
#define NN_CMSG_DATA(cmsg) ((unsigned char *) (((struct nn_cmsghdr *) (cmsg)) + 1))
#define NN_CMSG_SPACE(len) (NN_CMSG_ALIGN_(len) + NN_CMSG_ALIGN_(sizeof(struct nn_cmsghdr)))
#define NN_CMSG_LEN(len) (NN_CMSG_ALIGN_(sizeof(struct nn_cmsghdr)) + (len))

#ifdef __cplusplus
}
#endif

#endif // NNG_COMPAT_NANOMSG_NN_H
