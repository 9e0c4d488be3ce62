#include "family-constants.h"

#include <sys/socket.h>

#include "../constant-table.h"

// After the headers of the C library, which they complete. Linux only.
#if __has_include(<linux/can.h>)
#include <linux/can.h>
#endif
#if __has_include(<linux/can/bcm.h>)
#include <linux/can/bcm.h>
#endif
#if __has_include(<linux/can/raw.h>)
#include <linux/can/raw.h>
#endif
#if __has_include(<linux/if_alg.h>)
#include <linux/if_alg.h>
#endif
#if __has_include(<linux/if_ether.h>)
#include <linux/if_ether.h>
#endif
#if __has_include(<linux/if_packet.h>)
#include <linux/if_packet.h>
#endif
#if __has_include(<linux/netlink.h>)
#include <linux/netlink.h>
#endif
#if __has_include(<linux/vm_sockets.h>)
#include <linux/vm_sockets.h>
#endif

namespace selectloop {
namespace {

// What some systems have; the first is everywhere, so that the list is never empty.
// One name a line, which clang-format would make a staircase of.
// clang-format off
constexpr Constant kConstants[] = {
    ENTRY(AF_UNSPEC)
#if __has_include(<linux/can/raw.h>)
    // Enumerators, which the preprocessor does not see.
    ENTRY(CAN_RAW_FILTER) ENTRY(CAN_RAW_ERR_FILTER)
    ENTRY(CAN_RAW_LOOPBACK)
    ENTRY(CAN_RAW_RECV_OWN_MSGS)
    ENTRY(CAN_RAW_FD_FRAMES)
#endif
#if __has_include(<linux/if_alg.h>)
    ENTRY(ALG_OP_DECRYPT) ENTRY(ALG_OP_ENCRYPT) ENTRY(ALG_SET_AEAD_ASSOCLEN)
    ENTRY(ALG_SET_AEAD_AUTHSIZE) ENTRY(ALG_SET_IV) ENTRY(ALG_SET_KEY)
    ENTRY(ALG_SET_OP)
#endif
#ifdef SOL_ALG
    ENTRY(SOL_ALG)
#endif
#ifdef AF_ALG
    ENTRY(AF_ALG)
#endif
#ifdef CAN_BCM
    ENTRY(CAN_BCM)
#endif
#ifdef CAN_ISOTP
    ENTRY(CAN_ISOTP)
#endif
#ifdef CAN_J1939
    ENTRY(CAN_J1939)
#endif
#ifdef CAN_RAW
    ENTRY(CAN_RAW)
#endif
#ifdef CAN_EFF_FLAG
    ENTRY(CAN_EFF_FLAG)
#endif
#ifdef CAN_EFF_MASK
    ENTRY(CAN_EFF_MASK)
#endif
#ifdef CAN_ERR_FLAG
    ENTRY(CAN_ERR_FLAG)
#endif
#ifdef CAN_ERR_MASK
    ENTRY(CAN_ERR_MASK)
#endif
#ifdef CAN_RTR_FLAG
    ENTRY(CAN_RTR_FLAG)
#endif
#ifdef CAN_SFF_MASK
    ENTRY(CAN_SFF_MASK)
#endif
#ifdef SOL_CAN_BASE
    ENTRY(SOL_CAN_BASE)
#endif
#ifdef SOL_CAN_RAW
    ENTRY(SOL_CAN_RAW)
#endif
#ifdef ETH_P_ALL
    ENTRY(ETH_P_ALL)
#endif
#ifdef ETH_P_ARP
    ENTRY(ETH_P_ARP)
#endif
#ifdef ETH_P_IP
    ENTRY(ETH_P_IP)
#endif
#ifdef ETH_P_IPV6
    ENTRY(ETH_P_IPV6)
#endif
#ifdef PACKET_ADD_MEMBERSHIP
    ENTRY(PACKET_ADD_MEMBERSHIP)
#endif
#ifdef PACKET_DROP_MEMBERSHIP
    ENTRY(PACKET_DROP_MEMBERSHIP)
#endif
#ifdef PACKET_BROADCAST
    ENTRY(PACKET_BROADCAST)
#endif
#ifdef PACKET_HOST
    ENTRY(PACKET_HOST)
#endif
#ifdef PACKET_LOOPBACK
    ENTRY(PACKET_LOOPBACK)
#endif
#ifdef PACKET_MR_PROMISC
    ENTRY(PACKET_MR_PROMISC)
#endif
#ifdef PACKET_MULTICAST
    ENTRY(PACKET_MULTICAST)
#endif
#ifdef PACKET_OTHERHOST
    ENTRY(PACKET_OTHERHOST)
#endif
#ifdef PACKET_OUTGOING
    ENTRY(PACKET_OUTGOING)
#endif
#ifdef PACKET_STATISTICS
    ENTRY(PACKET_STATISTICS)
#endif
#ifdef SOL_PACKET
    ENTRY(SOL_PACKET)
#endif
#if __has_include(<linux/netlink.h>)
    ENTRY(NETLINK_ADD_MEMBERSHIP) ENTRY(NETLINK_AUDIT) ENTRY(NETLINK_DROP_MEMBERSHIP)
    ENTRY(NETLINK_GENERIC) ENTRY(NETLINK_KOBJECT_UEVENT) ENTRY(NETLINK_NETFILTER)
    ENTRY(NETLINK_ROUTE) ENTRY(NETLINK_SOCK_DIAG) ENTRY(NETLINK_USERSOCK)
    ENTRY(NETLINK_XFRM)
#endif
#ifdef SOL_NETLINK
    ENTRY(SOL_NETLINK)
#endif
#ifdef SO_VM_SOCKETS_BUFFER_MAX_SIZE
    ENTRY(SO_VM_SOCKETS_BUFFER_MAX_SIZE)
#endif
#ifdef SO_VM_SOCKETS_BUFFER_MIN_SIZE
    ENTRY(SO_VM_SOCKETS_BUFFER_MIN_SIZE)
#endif
#ifdef SO_VM_SOCKETS_BUFFER_SIZE
    ENTRY(SO_VM_SOCKETS_BUFFER_SIZE)
#endif
#ifdef VMADDR_CID_ANY
    ENTRY(VMADDR_CID_ANY)
#endif
#ifdef VMADDR_CID_HOST
    ENTRY(VMADDR_CID_HOST)
#endif
#ifdef VMADDR_CID_LOCAL
    ENTRY(VMADDR_CID_LOCAL)
#endif
#ifdef VMADDR_PORT_ANY
    ENTRY(VMADDR_PORT_ANY)
#endif
};
// clang-format on

}  // namespace

void AddFamilyConstants(Napi::Object constants) { AddConstants(constants, kConstants); }

}  // namespace selectloop
