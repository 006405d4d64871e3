"""The language as people write it, each piece once at the top of a cell and once inside a function.

Each agrees with differences, leaves what the plain cell leaves, and is not refused.
"""

import pytest

from support.cells import check

ABOVE = """
import numpy as np, math, dataclasses, collections, functools, itertools, contextlib, operator, enum, abc, types, copy
x = 1.3
w = np.array([0.4, 0.9, 1.7])
params = {'a': 0.7, 'b': np.array([1.0, 2.0])}
"""

PIECES = ["""
def outer():
    t=0.0
    def add(v):
        nonlocal t
        t+=v*x
    for v in w: add(v)
    return t
loss=outer()
""", """
total=0.0
def add(v):
    global total
    total=total+v**2
list(map(add,w))
loss=total*x
""", """
def twice(f):
    @functools.wraps(f)
    def g(*a,**k): return 2*f(*a,**k)
    return g
@twice
@twice
def f(a,/,b,*,c=1.0): return a*b*c
loss=f(x,w[0],c=w[1])
""", """
@dataclasses.dataclass(frozen=True)
class P:
    a: float
    b: np.ndarray
    def scaled(self,k): return dataclasses.replace(self,a=self.a*k,b=self.b*k)
p=P(x,w)
for k in range(5): p=p.scaled(1.1)
loss=p.a*np.sum(p.b)
""", """
Pt=collections.namedtuple('Pt','u v')
pts=[Pt(a,a*x) for a in w]
loss=sum(p.u*p.v for p in pts)+max(pts,key=lambda p:p.v).u
""", """
@contextlib.contextmanager
def scale(k):
    s[0]*=k
    try: yield s
    finally: s[0]/=k*0.5
s=w.copy()
with scale(x) as t: loss=np.sum(t**2)
loss=loss+s[0]
""", """
class V:
    __slots__=('d',)
    def __init__(s,d): s.d=d
    def __matmul__(s,o): return sum(a*b for a,b in zip(s.d,o.d))
    def __getitem__(s,i): return s.d[i]
    def __iter__(s): return iter(s.d)
    def __len__(s): return len(s.d)
    def __neg__(s): return V([-a for a in s])
v=V(list(w))
loss=(v@-v)*x+v[1]+len(v)+sum(v)
""", """
class M(type):
    def __call__(c,*a): 
        o=super().__call__(*a); o.z=o.y*2; return o
class C(metaclass=M):
    def __init__(s,y): s.y=y*x
loss=sum(C(v).z for v in w)
""", """
class Prop:
    def __init__(s): s._v=x
    @property
    def v(s): return s._v**2
    @v.setter
    def v(s,n): s._v=n*w[0]
p=Prop(); p.v=p.v+1; loss=p.v
""", """
class D:
    def __get__(s,o,t): return o.raw*3
    def __set__(s,o,v): o.raw=v*x
class H: d=D()
h=H(); h.d=w[1]; h.d+=w[2]; loss=h.d
""", """
def f(a,acc=[]):
    acc.append(a*x); return sum(acc)
loss=f(w[0])+f(w[1])+f(w[2])
""", """
fs=[lambda a: a*k*x for k in range(3)]
loss=sum(f(w[i]) for i,f in enumerate(fs))
""", """
if (n:=len(w))>2 and (m:=np.max(w))>1: loss=m*x*n
else: loss=0*x
""", """
a,*b,c=w
(d,e),f=(a,c),b
d,e=e,d
loss=d*x+e*2+sum(f)
""", """
s=f'{x:.3f}|{w[0]:.2e}'
assert len(s)>3
loss=x*len(s)+w.sum()
""", """
d={}
for i,v in enumerate(w): d.setdefault(i%2,[]).append(v*x)
loss=sum(sum(v)**2 for v in d.values())
del d
""", """
cm=collections.ChainMap({'a':x},{'a':0.0,'b':w[0]})
loss=cm['a']*cm['b']
""", """
it=iter(w)
loss=0.0
while True:
    try: v=next(it)
    except StopIteration: break
    loss+=v*x
""", """
def g():
    r=yield w[0]*x
    while r is not None:
        r=yield r*2
gen=g(); a=next(gen); b=gen.send(a+1); loss=a*b
""", """
def tree(n): return x if n==0 else [tree(n-1),tree(n-1)]
def tot(t): return t if not isinstance(t,list) else sum(map(tot,t))*w[0]
loss=tot(tree(3))
""", """
loss=eval('x*w[1]')
exec('loss=loss+w[0]**2')
""", """
class E(enum.Enum):
    A=1
    B=2
loss=sum({E.A:x,E.B:w[0]}[e]*e.value for e in E)
""", """
class Base(abc.ABC):
    @abc.abstractmethod
    def f(s): ...
    def g(s): return s.f()*2
class K(Base):
    def f(s): return super().__init__() or x*w[2]
loss=K().g()
""", """
r=0.0
for i in range(3):
    try:
        if i==1: raise KeyError(x)
        r+=w[i]
    except KeyError as e: r+=e.args[0]*2
    else: r*=x
    finally: r+=0.1
loss=r
""", """
match (x,w):
    case (float() as a, [p,q,r]) if a>0: loss=a*p+q
    case (a,arr): loss=a*arr.sum()
""", """
q=collections.deque(w,maxlen=2); q.rotate(1); q.appendleft(x); loss=q[0]*q[1]
""", """
loss=functools.reduce(operator.mul,itertools.chain([x],w,itertools.repeat(1.1,2)))
""", """
pairs=sorted(zip(w[::-1],[x,2*x,3*x]))
loss=pairs[0][1]*pairs[-1][0]
""", """
class L(list):
    def total(s): return sum(s)
l=L(w); l.append(x); l[0]=l[0]*2; loss=l.total()*x
""", """
a=w*x; a[[]]*=x; a[range(2),]+=x*w[collections.deque([2,0])]; a[(0,2),]=a[[2,0]]*x; loss=np.sum(a**2)+w[[]].sum()
""", """
a=w.copy(); b=a[1:]; b+=x; a[0],b[0]=b[0],a[0]; np.multiply(a,2,out=a); loss=np.sum(a*np.arange(3))
""", """
loss=sum(v for row in np.outer(w,w)*x for v in row if v>0.5)
""", """
A_=np.diag(w); A_[np.triu_indices(3,1)]=x; loss=np.linalg.det(A_+A_.T)
""", """
m={k:v for k,v in zip('abc',w)}; m|={'a':x}; loss=m.pop('a')*sum(m.values())
""", """
def f(*a,**k): return sum(a)*k.get('s',1)
args=(x,w[0]); loss=f(*args,*w,s=w[1],**{'t':2})
""", """
class Meta:
    def __getattr__(s,n): return x*len(n)
    def __setattr__(s,n,v): object.__setattr__(s,n,v*2)
o=Meta(); o.z=w[0]; loss=o.z+o.abcd
""", """
class CM:
    def __enter__(s): s.t=x; return s
    def __exit__(s,*e): s.t=s.t*w[0]; return True
with CM() as c:
    c.t=c.t+w[1]
    raise ValueError
loss=c.t
""", """
z=np.zeros((2,3)); z[0]=w; z[1]=z[0][::-1]*x; loss=np.einsum('ij,kj->ik',z,z)[0,1]
""", """
loss=np.sum(np.fromfunction(lambda i,j: (i+j)*x,(3,3)))*w[0]
""", """
c=collections.Counter()
for i,v in enumerate(w): c[i%2]+=v*x
loss=c[0]**2+c[1]
""", """
def h(n): return w[n] if n<2 else h(n-1)*x+h(n-2)
loss=h(6)
""", """
s=0.0
for a,b in itertools.combinations(w,2): s+=(a-b)**2
for a,b in itertools.product([x,2],repeat=2): s+=a*b
loss=s
""", """
params['a']=params['a']*2; params['b'][0]*=x; loss=params['a']*np.sum(params['b'])
""", """
loss=float(np.array([x]))*w.item(0)+w.tolist()[1]+int(w[2])
""", """
t=w; t=t+0; t[1]=x; u=np.asarray(t); u[0]*=3; loss=np.prod(t)
""", """
parts=np.split(np.append(w,x),2); loss=sum(p.sum()**2 for p in parts)
""", """
it=np.nditer(w,op_flags=['readonly'])
loss=sum(float(v)*x for v in it)
""", """
g=np.meshgrid(w,w); loss=np.sum(g[0]*g[1]**2)*x
""", """
class Poly:
    def __init__(s,*c): s.c=c
    def __call__(s,t): return sum(a*t**i for i,a in enumerate(s.c))
    def __add__(s,o): return Poly(*[a+b for a,b in itertools.zip_longest(s.c,o.c,fillvalue=0)])
loss=(Poly(*w)+Poly(x,1))(x)
""", """
buf=[]
class T:
    def __del__(s): buf.append(1)
for v in w: T(); buf.append(v*x)
loss=sum(b for b in buf if not isinstance(b,int))
""", """
class L(list): pass
l=L(w); l.append(x); l[0]*=2; loss=l[0]*l[1]+sum(l)
""", """
class T(tuple): pass
t=T(w); loss=t[0]*t[2]*x
""", """
class Q(collections.deque): pass
q=Q(w,maxlen=2); loss=q[0]*q[-1]*x
""", """
class S(list):
    def __getitem__(s,i): return super().__getitem__(i)*2
s=S(w); loss=s[1]*x
""", """
class L(list): pass
l=L(w); loss=sum(l[1:])*x+L(l[:2])[0]
""", """
n=types.SimpleNamespace(a=x,b=w); n.a+=1; loss=n.a*n.b[1]
""", """
loss=copy.copy(w)[0]*copy.copy([x,w])[1][1]*copy.copy({'a':x})['a']
""", """
z=itertools.zip_longest(w,[x],fillvalue=0.5)
loss=0.0
for a,b in z: loss+=a*b
a=itertools.zip_longest(iter(w),[x,1.0],fillvalue=x)
while True:
    try: p,q=next(a)
    except StopIteration: break
    loss+=p*q
""", """
s=set().union(w,[x]); loss=sum(s)
""", """
q=collections.deque([x]); q+=iter(w); loss=q[0]*q[-1]
""", """
a=copy.copy(w); a[0]=x; loss=np.sum(a)+w[0]
""", """
@dataclasses.dataclass
class Layer:
    W: np.ndarray
    scale: float
    inside: tuple = ()
d=dataclasses.asdict(Layer(w*2,x,(x*3,[w])))
d['W'][0]=5.0
a,b,(c,e)=dataclasses.astuple(Layer(w,x,(x,w**2)))
loss=d['scale']*np.sum(d['W']**2)*d['inside'][0]+b*np.sum(a*e)*c+d['inside'][1][0][1]
""", """
h=w
for layer in [{'k':x,'act':'tanh'},{'k':2.0,'act':None}]:
    h=h*layer['k']
    if layer['act'] is not None: h=getattr(np,layer['act'])(h)
loss=float(h[0])**2
""", """
def f(a: x, b: w[0]*2=w[1], *r: w, **k: -x) -> w*x: return a*b
A=f.__annotations__
loss=np.sum(A['return']**2)*A['a']+A['b']+f(x)+A['r'][2]*A['k']
""", """
def by_units(f):
    @functools.wraps(f)
    def g(*args): return f(*[a*s for a,s in zip(args,f.__annotations__.values())])
    return g
@by_units
def speed(d: x*1000, t: w[0]*60): return d/t
loss=speed(w[1],2.0)
""", """
class C:
    a: x*2
    b: w[0]=w[1]
    def f(s,q: w[2]*x): return s.b
loss=C.__annotations__['a']*C.__annotations__['b']+C().f(1)*C.f.__annotations__['q']
""", """
class P:
    found=[]
    def __init_subclass__(cls,/,weight,**k): super().__init_subclass__(**k); cls.found.append(weight*x)
class A(P,weight=2.0): pass
class B(P,weight=w[2]): pass
loss=sum(P.found)
""", """
class M(type):
    def __new__(m,n,b,d,**k): return super().__new__(m,n,b,d)
    def __init__(c,n,b,d,factor=1.0,**k): c.factor=factor
class A(metaclass=M,factor=x*w[0]): pass
loss=A.factor**2
""", """
class G:
    def __init__(s,v): s.v=v
    def __getattribute__(s,n):
        print(n)
        got=object.__getattribute__(s,n)
        return got*x if n=='v' else got
    def sq(s): return s.v**2
loss=G(w[0]).sq()+G(w[1]).v
""", """
class V3(collections.namedtuple('V3','x y z',defaults=(0.0,))):
    __slots__=()
    def __add__(a,b): return V3(*(p+q for p,q in zip(a,b)))
    def dot(a,b): return sum(map(operator.mul,a,b))
a=V3._make(w)+V3(1.0,x)
loss=a.dot(V3._make(w))+a._asdict()['y']
""", """
class T(tuple):
    def __new__(c,*a): return super().__new__(c,a[0] if len(a)==1 else a)
class L(list):
    def __init__(s,a): super().__init__(a); s.append(x)
class S(set):
    def __init__(s,a): set.__init__(s,a)
loss=T(w)[1]*T(x,w[0])[0]+sum(L(w))*L(iter(w))[0]+sum(S(w))
""", """
class Sleep:
    def __init__(s,v): s.v=v
    def __await__(s): return (yield s.v)
@types.coroutine
def nap(v): return (yield v)
async def job(k):
    t=0.0
    for i in range(3): t+=await Sleep(k*i)+await nap(1.0)
    return t
def run(jobs):
    out,queue=[],collections.deque((c,None) for c in jobs)
    while queue:
        c,v=queue.popleft()
        try: queue.append((c,c.send(v)))
        except StopIteration as e: out.append(e.value)
    return out
loss=sum(a*(i+1) for i,a in enumerate(run([job(x),job(w[0])])))
""", """
def g():
    got=0.0
    while True:
        try: got=yield 3.0
        except KeyError as e: got=e.args[0]; yield got
        yield got
q=g(); next(q); a=q.send(x); next(q); b=q.throw(KeyError(w[0])); q.close()
loss=a*b+x*q.gi_running
""", """
import contextvars
gain=contextvars.ContextVar('gain',default=1.0)
def f(v): return v*gain.get()
t=gain.set(x); a=f(w[0]); gain.reset(t)
c=contextvars.copy_context()
b=c.run(lambda: (gain.set(w[1]),f(w[2]))[1])
loss=a+b+f(x)+c.get(gain)
del gain,t,c
""", """
import random
r=random.Random(4)
l=[*w,x]; r.shuffle(l); a=np.array(l); r.shuffle(a)
loss=l[0]*r.choice(l)+r.choices(w,k=2)[1]*r.choice(w)+sum(r.sample(l,2))*r.random()+a[0]*a[1]**2
random.seed(3)
loss+=random.gauss(x,1.0)*random.uniform(w[0],x)+random.expovariate(x)+random.normalvariate(0.0,x)+random.random()*x
loss+=random.lognormvariate(w[0],x)+random.paretovariate(x)+random.weibullvariate(x,w[2])
""", """
r=np.random.default_rng(1)
loss=np.sum(r.lognormal(w,x))+r.weibull(x)+r.pareto(w).sum()+r.power(x)+r.multivariate_normal(w,np.eye(3))@w
""", """
class Z:
    def __float__(s): return float(x)*2
    def __complex__(s): return complex(x,w[0])
    def __floor__(s): return x+1
class Seq:
    def __len__(s): return 3
    def __getitem__(s,i): return w[i]*x
loss=math.sqrt(Z())+math.atan2(Z(),w[0])+complex(Z()).imag+math.floor(Z())+np.sum(np.array(Seq()))+np.asarray(Seq())[1]
""", """
class Logged:
    log=[]
    def __init__(s,a): s.a=a
    def __array_ufunc__(s,u,method,*given,**k):
        Logged.log.append((u.__name__,method))
        return Logged(getattr(u,method)(*[v.a if isinstance(v,Logged) else v for v in given],**k))
    def __array_function__(s,f,types,args,kwargs):
        Logged.log.append(f.__name__)
        return Logged(f(*[v.a if isinstance(v,Logged) else v for v in args],**kwargs))
u=Logged(w)
loss=np.add.reduce(np.multiply(u,x)).a*np.mean(np.exp(u)).a
print(Logged.log)
""", """
import statistics,colorsys
d=statistics.NormalDist(mu=x,sigma=2.0)
c=collections.Counter(a=x,b=2.0); c.update(b=w[0]); c2=c+collections.Counter(a=w[1])
class U(collections.UserList): pass
class D(collections.UserDict):
    def __setitem__(s,k,v): super().__setitem__(k.lower(),v*x)
u=U(w)+[x]; u[0]*=2
loss=d.pdf(w[0])+d.cdf(w[1])+statistics.quantiles([*w,x],n=4)[1]*c.total()*c2['a']+sum(u[1:3])*u[0]*D(A=w[0])['a']
loss+=sum(colorsys.rgb_to_hsv(w[0],w[1],x))
""", """
class S:
    def __init__(s,v): s.v=v
    def __rmul__(s,o): return o*s.v
loss=sum(w*S(x))**2+math.prod(w*S(x))
""", """
f=lambda v: v**2
loss=f.__call__(x)*np.sin.__call__(w[0])+sum(map(f.__call__,w))
""", """
t=(w.copy(),[x])
try: t[1]+=[w[0]]
except TypeError as e: print(e)
try: t[0]+=1
except TypeError as e: print(e)
loss=t[1][1]*t[0][0]+sum(t[1])
""", """
import collections.abc as cabc
class M(cabc.Mapping):
    def __init__(s,**k): s.k=k
    def __getitem__(s,n): return s.k[n]*x
    def __iter__(s): return iter(s.k)
    def __len__(s): return len(s.k)
m=M(a=w[0],b=w[1]); d={}; d.update(m)
loss=sum(m.values())+dict(m)['a']*d['b']+m.get('z',x)+sum(v*i for i,(k,v) in enumerate(m.items()))+{**m,'c':x}['b']
""", """
@dataclasses.dataclass
class I:
    a: float
    v: np.ndarray
@dataclasses.dataclass
class O:
    i: I
    l: list
o=O(I(x,w*2),[I(w[0],w)])
d,t=dataclasses.asdict(o),dataclasses.astuple(o)
loss=d['i']['a']*d['i']['v'].sum()+d['l'][0]['v'][1]+t[0][0]*t[1][0][1][2]
""", """
class Metre(float):
    def __new__(c,v,unit='m'): o=super().__new__(c,v); o.unit=unit; return o
    def __add__(s,o): return Metre(float(s)+float(o))
a,b=Metre(x),Metre(w[0])
loss=float((a+b)*2.0)+a*w[1]+(a-b)+math.sqrt(a)
""", """
import numbers
class R(numbers.Real):
    def __init__(s,v): s.v=v
    def of(s,o): return o.v if isinstance(o,R) else o
    def __float__(s): return float(s.v)
    def __add__(s,o): return R(s.v+s.of(o))
    def __mul__(s,o): return R(s.v*s.of(o))
    def __neg__(s): return R(-s.v)
    def __floordiv__(s,o): return R(s.v//s.of(o))
    def __mod__(s,o): return R(s.v%s.of(o))
    def __pow__(s,o): return R(s.v**s.of(o))
    def __truediv__(s,o): return R(s.v/s.of(o))
    def __rtruediv__(s,o): return R(o/s.v)
    def __lt__(s,o): return s.v<s.of(o)
    __radd__,__rmul__=__add__,__mul__
    __trunc__=__floor__=__ceil__=__pos__=__abs__=__eq__=__le__=lambda s,*o: s
    __round__=__rfloordiv__=__rmod__=__rpow__=lambda s,*o: s
    __hash__=None
a,b=R(x),R(w[1])
q,m=divmod(a*3,b)
loss=float((2-a)*b-a/3+w[0]*a+m)+math.sqrt(b)+complex(a).real+float(a.real)*float(a.conjugate())
""", """
class A:
    def __init__(s,v): s.v=v
    def __array__(s,dtype=None,copy=None): return np.asarray(s.v*x,dtype=dtype)
class S:
    def __len__(s): return 3
    def __getitem__(s,i): return w[i]*x
loss=np.dot(A(w),w)+np.exp(A(w))[1]+np.stack([A(w),w]).sum()+np.mean(A(w))+np.sum(S())*np.interp(0.5,[0.,1.,2.],S())
""", """
class O: pass
o=O(); l=[0.0,0.0]
a,b,c=d=w
e,*f=[g,h,i]=w*x
o.v=p,q,_=w
j,l[1]=l[0]=k=[x,w[0]]
loss=a*b+c*d[0]+e*f[1]*g+p*q*o.v[2]+j*l[1]+l[0][0]*k[1]
""", """
it=iter(w)
try: a,b,c=d,e,f=it
except ValueError as problem: print(problem)
m=n=(p,q),r=w[:2],x
loss=a*c+p*q*r*n[1]+m[0][1]
""", """
log=[]
class C:
    def __init__(s,v): s.v=v
    def __enter__(s): log.append('in'); return s.v
    def __exit__(s,kind,*_): log.append(kind); return kind is ValueError
with C(w) as (a,b,c),C(x) as k,C((x,w)) as [p,(q,*r)]: loss=a*b+k*p*q*r[1]; raise ValueError
with C(w) as (d,e): loss=0.0
with C(w*x) as (f,g,h):
    with C(w) as (f,*_): pass
def nested(n):
    with C(w*n) as (u,v,_): return u*v+(nested(n-1) if n else 0.0)
loss+=f*g*nested(2)
print(log)
""", """
async def rows():
    yield w
    yield w*x
class C:
    async def __aenter__(s): return w
    async def __aexit__(s,*e): return False
async def main():
    t=0.0
    async for a,b,c in rows(): t+=a*b+c
    else: t*=2
    async with C() as (p,q,_),C() as k: t+=p*q*k[1]
    return t+sum([p*q async for p,q,_ in rows()])+sum({i:v*x async for i,(v,*_) in pairs()}.values())
async def pairs():
    for pair in enumerate([w,w*2]): yield pair
try: main().send(None)
except StopIteration as e: loss=e.value
""", """
d=dict.fromkeys(w,x)
loss=sum(d)*2+sum(d.values())+iter(w).__next__()*x+list(w.__iter__())[2]
""", """
st=[]
for tok in 'x 2 + x * 3 x - *'.split():
    if tok in '+-*':
        b,a=st.pop(),st.pop()
        st.append({'+':a+b,'-':a-b,'*':a*b}[tok])
    else: st.append(x if tok=='x' else float(tok))
loss=st[0]
""", """
d={'a':2.0,'b':x}; s={1.5,x}; q=[0.25,x]
loss=d.pop('a')*d.get('c',3.0)*x+q.pop(0)*w[0]+d.setdefault('e',0.5)*x
while s: loss=loss*s.pop()
""", """
res=collections.defaultdict(float); res['a','b']+=x
loss=(res['a','b']+res['b','a']+1)*w[1]
for k in 'ab': loss=loss+res[k,'b']*(k=='a')
res=collections.defaultdict(lambda: 2.0,a=x); loss=loss*res['c']*res['a']
""", """
class Vec:
    def __init__(s,*c): s.c=c
    def __iter__(s): return iter(s.c)
    def __add__(s,o): return Vec(*(a+b for a,b in zip(s,o)))
    def __gt__(s,o): return sum(s)>sum(o)
    def __lt__(s,o): return sum(s)<sum(o)
a,b=Vec(*w[:2]),Vec(*w[1:])
loss=sum(functools.reduce(operator.add,[a,b,a],Vec(0.5,x)))*next(iter(max(a,b)))+sum(min(a,b))
""", """
o=collections.OrderedDict(z=x,y=2.0); o.move_to_end('z'); loss=list(o.values())[1]*o['y']*o.pop('y')*x
""", """
line=collections.deque([0.0]*3,maxlen=3)
loss=0.0
for v in w: loss+=v*(line[0]+line[-1]+1); line.append(v*x)
""", """
c=collections.OrderedDict(a=x,b=1.5); d=collections.defaultdict(float,a=x,b=0.5); n=collections.Counter(a=x)
loss=(c['b']+c.get('b')+c.setdefault('k',2.0)+list(c.values())[1])*x+d['b']*d['a']+d.get('b')*w[0]+(n['b']+1)*w[1]
""", """
loss=collections.ChainMap({'a':x},{'b':1.5})['b']*collections.UserDict(a=x,b=0.5)['b']*collections.UserList([x,3.0])[1]*w[0]
loss=loss*types.MappingProxyType({'a':x,'b':1.5})['b']
""", """
import heapq, queue
h=[1.0,x*5]; q=queue.Queue(); q.put(x); q.put(2.0); q.put(('name',w[1],0.5))
loss=heapq.heappop(h)*x+q.get()*q.get(); name,v,k=q.get(); loss+=v*k*len(name)
""", """
a=np.array([x,1.5,None],object); b=np.empty(2,object); b[0]=w; b[1]=2.0
loss=a[0]*a[1]+a.tolist()[1]*b[1]*np.sum(b[0])
""", """
rows=np.outer(w,w).tolist(); z=(w*(1+2j)).tolist()
loss=sum(sum(r) for r in rows)+rows[1][2]*x+abs(z[1])*z[2].imag
""", """
f=np.outer(w,w).flat; a=np.diag(w); a.flat[::4]+=x; a.flat[[1,2]]*=2; b=np.arange(3.0); b.flat[1:]=w[:2]
loss=np.sum(f[::4]**2)+f[[1,5]]@b[:2]+np.sum(a)
""", """
a=w.copy(); a.setflags(write=False)
try: a[0]=1.0
except ValueError: a.setflags(write=True); a[0]*=x
loss=np.sum(a)+np.sum(w[[]])+np.max(w[w>9],initial=x)
""", """
big=[math.factorial(n) for n in (1,5,21)]
loss=np.sum(w**2/big)+(big[::-1]*w)[2]+(w*(2**70,1,1)).sum()/1e21+w@big/1e19+np.dot(big,w)/1e19+x*2**70/1e21
"""]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("place", ["cell", "function"])
@pytest.mark.parametrize("number", range(len(PIECES)))
def test_piece(number, place):
    text = PIECES[number].strip("\n")
    if place == "function":
        if "global " in text or "exec(" in text:
            return          # it is about the names of the cell
        text = "def program():\n    global loss\n" + "".join(f"    {line}\n" for line in text.split("\n")) + "program()"
    wrt = ["params", "x"] if "params" in text else ["x", "w"]
    check(ABOVE, text, wrt, refusal="never")


MATCHES = [
    'match w:\n    case [a,b,c]: loss=a*b+c*x\n    case _: loss=x',
    'match (x,w):\n    case (float() as a,[p,q,r]) if a>0: loss=a*p+q\n    case (a,arr): loss=a*arr.sum()',
    'match M:\n    case [[a,b,c],[d,*_]]: loss=a*b+d*x\n    case _: loss=x',
    'match w:\n    case [a,*r]: loss=a*x+len(r)\n    case _: loss=x',
    'match w:\n    case [a,*r]: loss=a*x+sum(r)\n    case _: loss=x',
    'match M:\n    case [u,v]: loss=u@v*x\n    case _: loss=x',
    "match {'k':w}:\n    case {'k':[a,b,c]}: loss=a*x\n    case _: loss=x",
    'match [1.0,w]:\n    case [a,b]: loss=a*b[0]*x',
    'def f(v):\n    match v:\n        case [a,b,*_]: return a*b\n        case np.ndarray(): return v.sum()\n        case _: return x\nloss=f(w)+f(x)+f([x,w[0]])',
    'match w:\n    case [*_,z]: loss=z*x\n    case _: loss=x',
    'match complex(x,w[0]):\n    case complex(real=a,imag=b): loss=a*b*x',
    'match w:\n    case np.ndarray(T=t,shape=(n,)): loss=t[0]*n*x',
    'match {"a": [x,w[1]]}:\n    case {"a": [float() as a,b],**r}: loss=a*b*x+len(r)',
]


@pytest.mark.parametrize("text", MATCHES)
def test_patterns_of_sequences(text):
    """From NumPy 2.5 on arrays match them; what they take is recorded, or refused behind a star or in a mapping."""
    above = ABOVE + "M = np.arange(6.0).reshape(2, 3) + 0.5\n"
    check(above, text, ["w", "x", "M"], refusal="may" if "*" in text or "'k'" in text or "complex" in text else "never")


def test_a_model_does_not_warn_again():
    """What a known function means may be found out by calling it again; the user sees one warning."""
    check("import numpy as np\nw = np.array([1.0, np.inf, 2.0])", "y = np.unwrap(w)\nloss = y[0] + w[2] ** 2", ["w"], exact={"w": [1.0, 0.0, 4.0]}, refusal="never")
